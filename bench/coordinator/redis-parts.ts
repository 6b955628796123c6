import type { PartitionPlace } from '../../shared/coordinator/library.ts';
import type { BenchContext } from '../support/bench-case.ts';
import type { Part } from '../support/part.ts';
import { coordinators } from './coordinators.ts';
import { latencyFigures } from './latency.ts';
import { planning } from './planning.ts';
import type { RedisServer } from './redis-server.ts';
import { PROCESSES } from './store-parts.ts';

const WORKERS = 100;
const WORK_MS = 50;
const PLANNED = 20_000;
const FEW_WORKERS = 10;
const MANY_WORKERS = 500;

/** Of many workers at a time, each with a connection and a partition of its own. */
export function latencyPart(
  { url }: RedisServer,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Part {
  const name = `Redis, ${WORKERS} workers, about ${WORK_MS} ms a partition`;
  const workers = coordinators(
    {
      ...{ name, place: { type: 'redis', url }, lives: 8_000, window: 1, workMs: WORK_MS },
      ...{ processes: PROCESSES, workersAProcess: WORKERS / PROCESSES },
    },
    context,
    cleanup,
  );
  return {
    subjects: [{ name, run: (pile) => latencyFigures(workers, pile, context) }],
    ratios: [{ figure: 'claim_p99_ms', of: name, target: { at_most: 10 } }],
  };
}

/** What it costs a leader that there are many workers. */
export function planningPart({ url }: RedisServer): Part {
  const place: PartitionPlace = { type: 'redis', url };
  const subjectOf = (activeWorkers: number) => ({
    name: `Redis: plans for ${activeWorkers} workers`,
    run: (namespace: string) => planning({ place, namespace, activeWorkers, partitions: PLANNED }),
  });
  const [few, many] = [subjectOf(FEW_WORKERS), subjectOf(MANY_WORKERS)];
  return {
    subjects: [few, many],
    ratios: [{ figure: 'us_a_partition', of: many.name, to: few.name, target: { at_most: 1.5 } }],
  };
}
