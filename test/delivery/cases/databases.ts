import { MariadbServer } from '../../support/mariadb-server.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { RedisServerProcess } from '../../support/redis-server.ts';
import type { DeliveryCase } from '../support/delivery-case.ts';
import { killCase, type RecordSink } from '../support/kill-case.ts';

/** Databases that remember what they have take every record once. */
export const DATABASES: readonly DeliveryCase[] = [
  killCase('postgres by a column of ids', openPostgresSink),
  killCase('mysql (MariaDB) by a column of ids', openMariadbSink),
  killCase('redis by a mark of each batch', openRedisSink),
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

function rawOf(records: readonly Record<string, unknown>[]): string[] {
  return records.map(({ raw }) => (typeof raw === 'string' ? raw : ''));
}
