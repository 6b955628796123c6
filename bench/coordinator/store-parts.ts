import { join } from 'node:path';
import { PartitionPlace } from '../../shared/coordinator/library.ts';
import type { BenchContext } from '../support/bench-case.ts';
import { etcdServer } from '../support/etcd-server.ts';
import type { Part } from '../support/part.ts';
import { bareRedis } from './bare-redis.ts';
import { bareSqlite } from './bare-sqlite.ts';
import { bullMq } from './bullmq.ts';
import { coordinators } from './coordinators.ts';
import { livesOf } from './lives.ts';
import type { RedisServer } from './redis-server.ts';

/** How many partitions, or jobs, a worker has at work at a time. */
export const WINDOW = 50;
export const PROCESSES = 2;
const NOTHING: Part = { subjects: [], ratios: [] };
const FIGURE = 'lives_per_s';

const REDIS = { name: 'Redis: coordinators', lives: 60_000 };
const REDIS_FLOOR = { name: 'Redis: bare scripts, 100 at a time', lives: 200_000 };
const BULLMQ = { name: 'Redis: BullMQ', lives: 20_000 };
const SQLITE = { name: 'SQLite: coordinator', lives: 100_000 };
const SQLITE_FLOOR = { name: 'SQLite: bare transactions, 50 at a time', lives: 300_000 };
const ETCD = { name: 'etcd: coordinators', lives: 20_000 };

/** Each store with what it is held against. */
export async function storeParts(
  redis: RedisServer | null,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<readonly Part[]> {
  return [
    redis === null ? NOTHING : redisPart(redis, context, cleanup),
    sqlitePart(context, cleanup),
    await etcdPart(context, cleanup),
  ];
}

function redisPart(
  { url, port }: RedisServer,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Part {
  const place: PartitionPlace = { type: 'redis', url };
  const ours = { ...REDIS, place, ...manyWorkers() };
  const peer = { ...BULLMQ, port, processes: PROCESSES, concurrency: WINDOW };
  const floor = { ...REDIS_FLOOR, port, processes: PROCESSES };
  return {
    subjects: [
      livesOf(coordinators(ours, context, cleanup), context),
      livesOf(bullMq(peer, context, cleanup), context),
      livesOf(bareRedis(floor, context, cleanup), context),
    ],
    ratios: [
      { figure: FIGURE, of: REDIS.name, to: BULLMQ.name, target: { at_least: 4 } },
      { figure: FIGURE, of: REDIS.name, to: REDIS_FLOOR.name, target: { at_least: 0.3 } },
    ],
  };
}

function sqlitePart(context: BenchContext, cleanup: AsyncDisposableStack): Part {
  const place: PartitionPlace = { type: 'sqlite', path: join(context.dir, 'partitions.db') };
  const ours = { ...SQLITE, place, ...manyWorkers(), processes: 1 };
  const floor = { ...SQLITE_FLOOR, batch: WINDOW };
  return {
    subjects: [
      livesOf(coordinators(ours, context, cleanup), context),
      livesOf(bareSqlite(floor, context, cleanup), context),
    ],
    ratios: [{ figure: FIGURE, of: SQLITE.name, to: SQLITE_FLOOR.name, target: { at_least: 0.5 } }],
  };
}

/** Where this version can keep partitions there. */
async function etcdPart(context: BenchContext, cleanup: AsyncDisposableStack): Promise<Part> {
  if (placeOf('http://127.0.0.1') === null) return NOTHING;
  const place = placeOf((await etcdServer(context, cleanup)) ?? '');
  if (place === null) return NOTHING;
  const ours = { ...ETCD, place, ...manyWorkers() };
  return {
    subjects: [livesOf(coordinators(ours, context, cleanup), context)],
    ratios: [{ figure: FIGURE, of: ETCD.name, target: { at_least: 10_000 } }],
  };
}

function placeOf(url: string): PartitionPlace | null {
  return PartitionPlace.safeParse({ type: 'etcd', url }).data ?? null;
}

function manyWorkers() {
  return { processes: PROCESSES, workersAProcess: 1, window: WINDOW, workMs: 0 };
}
