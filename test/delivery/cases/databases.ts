import { KafkaCluster } from '../../support/kafka-cluster.ts';
import { MariadbServer } from '../../support/mariadb-server.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { RedisServerProcess } from '../../support/redis-server.ts';
import type { DeliveryCase } from '../support/delivery-case.ts';
import { killCase, type RecordSink } from '../support/kill-case.ts';

/** The broker that is played keeps little. */
const FULL_IN_MEMORY = { lines: 60_000, times: 20 };

/** Databases that remember what they have take every record once. */
export const DATABASES: readonly DeliveryCase[] = [
  killCase('postgres by a column of ids', openPostgresSink),
  killCase('mysql (MariaDB) by a column of ids', openMariadbSink),
  killCase('redis by a mark of each batch', openRedisSink),
  killCase('kafka, whose doubles keep their header record-id', openKafkaSink, FULL_IN_MEMORY),
];

async function openPostgresSink(): Promise<RecordSink> {
  const server = await PostgresServer.start();
  await server.run('CREATE TABLE logs (n serial, record_id varchar(255) UNIQUE, raw text)');
  return {
    name: 'postgres',
    sender: {
      sender_type: 'postgres',
      postgres_datasource: server.datasource,
      postgres_database: 'postgres',
      postgres_table: 'logs',
    },
    count: async () => Number((await server.rows('SELECT count(*) AS n FROM logs'))[0]?.['n']),
    lines: async () => rawOf(await server.rows('SELECT raw FROM logs ORDER BY n')),
    stop: () => server.stop(),
  };
}

async function openMariadbSink(): Promise<RecordSink> {
  const server = await MariadbServer.start();
  await server.run(
    'CREATE TABLE logs (n int AUTO_INCREMENT PRIMARY KEY, record_id varchar(255) UNIQUE, raw text)',
  );
  return {
    name: 'mysql',
    sender: {
      sender_type: 'mysql',
      mysql_datasource: `${server.datasource}/test`,
      mysql_table: 'logs',
    },
    count: async () => Number((await server.rows('SELECT count(*) AS n FROM logs'))[0]?.['n']),
    lines: async () => rawOf(await server.rows('SELECT raw FROM logs ORDER BY n')),
    stop: () => server.stop(),
  };
}

async function openRedisSink(): Promise<RecordSink> {
  const server = await RedisServerProcess.start();
  return {
    name: 'redis',
    sender: { sender_type: 'redis', redis_address: server.address, redis_key: 'logs' },
    count: () => server.redis.llen('logs'),
    lines: async () =>
      rawOf(
        (await server.redis.lrange('logs', 0, -1)).map(
          (text) => JSON.parse(text) as Record<string, unknown>,
        ),
      ),
    stop: () => server.stop(),
  };
}

/** All records go to one partition, for there is no order among several. */
async function openKafkaSink(): Promise<RecordSink> {
  const server = await KafkaCluster.start();
  return {
    name: 'kafka',
    sender: {
      ...{ sender_type: 'kafka', kafka_host: server.brokers, kafka_topic: 'logs' },
      ...{ kafka_key_field: 'part', kafka_compression: 'gzip' },
    },
    parser: { type: 'raw', labels: 'part one' },
    again: 'known by the header record-id',
    count: () => server.count('logs'),
    lines: async () => linesKnown(await server.messages('logs')),
    stop: () => server.stop(),
  };
}

/** The lines, also those that came again: under the id that they had. */
function linesKnown(messages: readonly string[]): string[] {
  const known = messages.map((message) => {
    const [, id = '', text = ''] = /^one record-id=(\S+) (.*)$/s.exec(message) ?? [];
    return { id, record: JSON.parse(text) as Record<string, unknown> };
  });
  const lines = rawOf(known.map(({ record }) => record));
  const ids = new Set(known.map(({ id }) => id)).size;
  if (ids !== new Set(lines).size) throw new Error(`${ids} ids are of other lines than one each`);
  return lines;
}

function rawOf(records: readonly Record<string, unknown>[]): string[] {
  return records.map(({ raw }) => (typeof raw === 'string' ? raw : ''));
}
