import { InfluxdbServer } from '../../support/influxdb-server.ts';
import { RecordedCollector } from '../../support/recorded-collector.ts';
import { RecordedElastic } from '../../support/recorded-elastic.ts';
import { RecordedLoki } from '../../support/recorded-loki.ts';
import type { DeliveryCase } from '../support/delivery-case.ts';
import { killCase, type RecordSink } from '../support/kill-case.ts';
import { COLUMNS } from '../support/runner-configs.ts';

/** Sinks that know records by an id or a time, each by its own protocol. */
export const HTTP_SINKS: readonly DeliveryCase[] = [
  killCase('elasticsearch by the ids of documents', openElasticSink),
  killCase('influxdb by the times of points', () => openInfluxdbSink({ hasTimes: true })),
  killCase('influxdb without times', () => openInfluxdbSink({ hasTimes: false })),
  killCase('loki by the times of entries', () => openLokiSink({ hasTimes: true })),
  killCase('loki without times', () => openLokiSink({ hasTimes: false })),
  killCase('otlp, whose doubles keep their log.record.uid', openOtlpSink),
];

const INDEX = 'logs';
/** A field of its own holds the line; the number of the line is a time that no other has. */
const LINES_IN_TIME = { ...COLUMNS, keep_raw_data: 'true' };
const WITHOUT_TIMES = { again: 'which gets other times' };

/** Whether records say of which time they are. */
interface Timing {
  readonly hasTimes: boolean;
}

async function openElasticSink(): Promise<RecordSink> {
  const server = await RecordedElastic.open();
  return {
    name: 'elasticsearch',
    sender: { sender_type: 'elasticsearch', elastic_host: server.url, elastic_index: INDEX },
    count: async () => server.indices.get(INDEX)?.size ?? 0,
    lines: async () =>
      Object.values(server.documents(INDEX)).map(({ raw }) => (typeof raw === 'string' ? raw : '')),
    stop: () => server.close(),
  };
}

async function openInfluxdbSink({ hasTimes }: Timing): Promise<RecordSink> {
  const server = await InfluxdbServer.start();
  const db = 'logs';
  const values = async (what: string) =>
    (await server.query(db, `SELECT ${what} FROM lines`))?.values ?? [];
  return {
    name: 'influxdb',
    parser: LINES_IN_TIME,
    sender: {
      sender_type: 'influxdb',
      influxdb_host: server.host,
      influxdb_db: db,
      influxdb_measurement: 'lines',
      influxdb_fields: 'raw_data',
      influxdb_timestamp: hasTimes ? 'number' : '',
    },
    ...(hasTimes ? {} : WITHOUT_TIMES),
    count: async () => Number((await values('count(raw_data)'))[0]?.[1] ?? 0),
    lines: async () => (await values('raw_data')).map(([, line]) => String(line)),
    stop: () => server.stop(),
  };
}

async function openLokiSink({ hasTimes }: Timing): Promise<RecordSink> {
  const server = await RecordedLoki.open();
  return {
    name: 'loki',
    parser: LINES_IN_TIME,
    sender: {
      sender_type: 'loki',
      loki_url: server.url,
      loki_line: 'raw_data',
      loki_timestamp: hasTimes ? 'number' : '',
    },
    ...(hasTimes ? {} : WITHOUT_TIMES),
    count: async () => server.count,
    lines: async () => server.lines,
    stop: () => server.close(),
  };
}

/** A record that comes again is the same one to whoever looks at its uid. */
async function openOtlpSink(): Promise<RecordSink> {
  const server = await RecordedCollector.open();
  return {
    name: 'otlp',
    sender: { sender_type: 'otlp', otlp_url: server.url, otlp_body: 'raw' },
    again: 'known by log.record.uid',
    count: async () => server.records.length,
    lines: async () => {
      const uids = new Set(server.records.map(({ uid }) => uid)).size;
      const bodies = new Set(server.records.map(({ body }) => body)).size;
      if (uids !== bodies) throw new Error(`${bodies} records came under ${uids} uids`);
      return server.records.map(({ body }) => body);
    },
    stop: () => server.close(),
  };
}
