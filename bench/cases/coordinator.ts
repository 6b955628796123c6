import { coordinators } from '../coordinator/coordinators.ts';
import { longRun } from '../coordinator/long-run.ts';
import { latencyPart, planningPart } from '../coordinator/redis-parts.ts';
import { REDIS_SETTINGS, RedisServer } from '../coordinator/redis-server.ts';
import { PROCESSES, storeParts, WINDOW } from '../coordinator/store-parts.ts';
import type { BenchCase, BenchContext, CaseOutcome } from '../support/bench-case.ts';
import { Measurements } from '../support/measurements.ts';
import { measureInTurns, type Part, ratiosOf } from '../support/part.ts';
import { rowsWanted } from '../support/run-size.ts';

const LONG = { name: 'Redis, 1,000,000 partitions, 100 workers', lives: 1_000_000 };
const LONG_WORKERS = 100;
const FIRST = `${LONG.name}: the first tenth`;
const LAST = `${LONG.name}: the last tenth`;

/** How fast partitions are worked off that cost nothing themselves, beside floors and a queue. */
export const coordinator: BenchCase = { name: 'coordinator', run };

async function run(context: BenchContext): Promise<CaseOutcome> {
  await using cleanup = new AsyncDisposableStack();
  const redis = await RedisServer.start(context);
  if (redis === null) throw new Error('there is no Redis here: apt-get install redis-server');
  cleanup.use(redis);
  context.say(`Redis keeps nothing on disk, for all alike: ${REDIS_SETTINGS}`);
  const measurements = new Measurements();
  const parts = [
    ...(await storeParts(redis, context, cleanup)),
    latencyPart(redis, context, cleanup),
    planningPart(redis),
  ];
  await measureInTurns(parts, measurements, context);
  if (LONG.name.includes(rowsWanted())) await measureLong(redis, measurements, context, cleanup);

  const lastToFirst = { figure: 'lives_per_s', of: LAST, to: FIRST, target: { at_least: 0.9 } };
  const compared: readonly Part[] = [...parts, { subjects: [], ratios: [lastToFirst] }];
  return {
    settings: {
      redis: REDIS_SETTINGS,
      sqlite: 'WAL, synchronous NORMAL',
      processes: PROCESSES,
      window: WINDOW,
    },
    rows: measurements.rows(),
    ratios: ratiosOf(compared, measurements),
    notes: [],
  };
}

async function measureLong(
  redis: RedisServer,
  measurements: Measurements,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<void> {
  const workers = coordinators(
    {
      ...{ ...LONG, place: { type: 'redis', url: redis.url }, window: WINDOW, workMs: 0 },
      ...{ processes: PROCESSES, workersAProcess: LONG_WORKERS / PROCESSES },
    },
    context,
    cleanup,
  );
  const { all, first, last } = await longRun(workers, redis, context);
  measurements.add(LONG.name, all);
  measurements.add(FIRST, first);
  measurements.add(LAST, last);
  context.say(`${LONG.name}: lives_per_s ${all.lives_per_s.toPrecision(3)}`);
}
