import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { MariadbServer } from '../../support/mariadb-server.ts';
import { PostgresServer } from '../../support/postgres-server.ts';
import { RedisServerProcess } from '../../support/redis-server.ts';
import { waitFor } from '../../support/wait-for.ts';
import type { DeliveryCase, Size } from '../support/delivery-case.ts';
import type { Delivered } from '../support/examine.ts';
import { numberedLines } from '../support/numbered-lines.ts';
import { collects, follows } from '../support/runner-configs.ts';
import type { Scene } from '../support/scene.ts';

/** A process is killed so soon after a sink is seen to have more: with batches under way. */
const WORK_MS_MAX = 40;
const FIRST_WORK_MS_MAX = 10_000;
const SPREAD_MS = 2_500;
const LINES_FIRST = 100;

/** A database that records go into, and can be read from in the order in which they came. */
interface Sink {
  readonly name: string;
  readonly sender: object;
  /** How many records it has. */
  count(): Promise<number>;
  /** The lines of all of them. */
  lines(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Databases that remember what they have take every record once. */
export const DATABASES: readonly DeliveryCase[] = [
  killCase('postgres by a column of ids', openPostgresSink),
  killCase('mysql (MariaDB) by a column of ids', openMariadbSink),
  killCase('redis by a mark of each batch', openRedisSink),
];

function killCase(title: string, open: () => Promise<Sink>): DeliveryCase {
  return {
    name: `kill -9 at random instants, to ${title}`,
    full: { lines: 200_000, times: 20 },
    reduced: { lines: 8_000, times: 3 },
    async run(scene, size) {
      const sink = await open();
      try {
        return [await killWhileSending(scene, size, sink)];
      } finally {
        await sink.stop();
      }
    },
  };
}

async function killWhileSending(scene: Scene, size: Size, sink: Sink): Promise<Delivered> {
  const { lines, times } = size;
  const source = scene.path('app.log');
  await writeFile(source, numberedLines('a', 0, LINES_FIRST));
  await scene.program.run();
  await scene.addRunner('r1', collects(follows(source), sink.sender));
  await scene.settled('r1', LINES_FIRST);
  const linesPerSecond = (lines * 1_000) / (times * SPREAD_MS);
  const writer = scene.write({
    ...{ source: 'a', path: source, from: LINES_FIRST, to: lines, linesPerSecond },
  });
  for (let kill = 0; kill < times; kill += 1) {
    const before = await sink.count();
    await waitFor('more in the sink', async () => (await sink.count()) > before, FIRST_WORK_MS_MAX);
    await delay(scene.between(0, WORK_MS_MAX));
    await scene.program.end('SIGKILL');
    await scene.program.run();
  }
  await writer.done;
  await scene.caughtUp({ r1: lines });
  await scene.program.end('SIGTERM');
  const file = scene.path('received.txt');
  await writeFile(file, (await sink.lines()).map((line) => `${line.trimEnd()}\n`).join(''));
  return { sink: sink.name, files: [file], form: 'raw', expected: { a: lines } };
}

async function openPostgresSink(): Promise<Sink> {
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

async function openMariadbSink(): Promise<Sink> {
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

async function openRedisSink(): Promise<Sink> {
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
