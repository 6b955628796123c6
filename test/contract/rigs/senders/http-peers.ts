import type { PluginOptions } from '../../../../shared/domain/runner-config.ts';
import { HttpRecorder, type Recorded } from '../../../support/http-recorder.ts';
import { RecordedElastic } from '../../../support/recorded-elastic.ts';
import { relayFaults, type SenderRig } from '../../sender-rig.ts';
import { numberOf } from '../../support/number-of.ts';
import { Relay } from '../../support/relay.ts';

const PICKY = { fails: 'at any time', losesAnswers: true, isPicky: true } as const;
/** What recorded servers will not have. */
const BAD = { n: -1, message: 'bad' };
const isBad = ({ body }: Recorded) => body.includes('"bad"') || body.includes('\\"bad\\"');
const REFUSED = { status: 400, body: 'there is something bad in it' };

/** Posts that a recorded server has accepted, in what they are known by. */
function recordedRig(
  options: (url: string) => PluginOptions,
  known: (taken: readonly Recorded[]) => number[],
): SenderRig {
  return {
    ...PICKY,
    make: async () => {
      const accepted: Recorded[] = [];
      const server = await HttpRecorder.open((request) => {
        if (isBad(request)) return REFUSED;
        accepted.push(request);
        return { status: 200, body: '{}' };
      });
      const relay = await Relay.to(portOf(server.url));
      return {
        options: options(`http://127.0.0.1:${relay.port}`),
        taken: async () => known(accepted),
        faults: relayFaults(relay),
        bad: BAD,
        dispose: async () => {
          await relay.close();
          await server.close();
        },
      };
    },
  };
}

/** A server that remembers keys. */
export const httpRig = recordedRig(
  (url) => ({ http_sender_url: `${url}/logs` }),
  (taken) => {
    const bodies = new Map(taken.map(({ headers, body }) => [headers['idempotency-key'], body]));
    return [...bodies.values()].flatMap((body) => body.split('\n').map(numberOf));
  },
);

interface Pushed {
  readonly streams: readonly {
    readonly stream: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [time: string, line: string])[];
  }[];
}

/** Entries of the same labels, time and line are one. */
export const lokiRig = recordedRig(
  (url) => ({ loki_url: url, loki_timestamp: 'at' }),
  (taken) => {
    const entries = taken.flatMap(({ body }) => {
      const { streams }: Pushed = JSON.parse(body);
      return streams.flatMap(({ stream, values }) =>
        values.map(([time, line]) => [JSON.stringify([stream, time, line]), line] as const),
      );
    });
    return [...new Map(entries).values()].map(numberOf);
  },
);

interface Exported {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
        readonly body: unknown;
      }[];
    }[];
  }[];
}

/** A back end that knows records by `log.record.uid`. */
export const otlpRig = recordedRig(
  (url) => ({ otlp_url: url, otlp_body: 'n' }),
  (taken) => {
    const records = taken.flatMap(({ body }) => {
      const { resourceLogs }: Exported = JSON.parse(body);
      return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((logs) => logs.logRecords));
    });
    const byUid = new Map(
      records.map(({ attributes, body }) => {
        const uid = attributes.find(({ key }) => key === 'log.record.uid');
        return [JSON.stringify(uid?.value), JSON.stringify(body)];
      }),
    );
    return [...byUid.values()].map((body) => Number(/-?\d+/.exec(body)?.[0]));
  },
);

export const elasticsearchRig: SenderRig = {
  ...PICKY,
  make: async () => {
    const elastic = await RecordedElastic.open();
    const reason = 'failed to parse field';
    elastic.judge = ({ message }) =>
      message === 'bad'
        ? { status: 400, error: { type: 'document_parsing_exception', reason } }
        : null;
    const relay = await Relay.to(portOf(elastic.url));
    return {
      options: { elastic_host: `http://127.0.0.1:${relay.port}`, elastic_index: 'logs' },
      taken: async () =>
        Object.values(elastic.documents('logs'))
          .map(({ n }) => Number(n))
          .toSorted((a, b) => a - b),
      faults: relayFaults(relay),
      bad: BAD,
      dispose: async () => {
        await relay.close();
        await elastic.close();
      },
    };
  },
};

/** The real server of version 1; a point is its series and its time. */
export const influxdbRig: SenderRig = {
  ...PICKY,
  make: async ({ servers, name }) => {
    const server = await servers.influxdb();
    const relay = await Relay.to(portOf(`http://${server.host}`));
    return {
      options: {
        ...{ influxdb_host: `127.0.0.1:${relay.port}`, influxdb_db: name },
        ...{ influxdb_measurement: 'logs', influxdb_timestamp: 'at' },
      },
      taken: async () => {
        // The sender makes it when it has something to send.
        const isThere = await server.query('', 'SHOW DATABASES');
        if (isThere?.values.flat().includes(name) !== true) return [];
        const series = await server.query(name, 'SELECT n FROM logs');
        return (series?.values ?? []).map(([, n]) => Number(n));
      },
      faults: relayFaults(relay),
      // A point without a field is none.
      bad: {},
      dispose: () => relay.close(),
    };
  },
};

function portOf(url: string): number {
  return Number(new URL(url).port);
}
