import type { Bell } from '../../shared/kernel/bell.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import type { PartitionRun } from './partition-run.ts';

interface DueOf {
  readonly runs: readonly PartitionRun[];
  /** Rings when messages came. */
  readonly arrived: Bell;
  readonly limits: BatchLimits;
  readonly clock: Clock;
  /** Aborts when these partitions are to be read no further. */
  readonly over: AbortSignal;
}

/** Partitions of which a batch is to be taken: it is full, or has waited for more long enough. */
export async function* dueRuns(due: DueOf): AsyncGenerator<PartitionRun, undefined> {
  const { runs, arrived, limits, over } = due;
  const isOver = (): boolean => over.aborted;
  while (!isOver()) {
    let ready = fullRuns(runs, limits);
    if (ready.length === 0 && !runs.some(({ hasBatch }) => hasBatch)) {
      await arrived.heard(over);
      continue;
    }
    if (ready.length === 0) {
      await linger(due);
      ready = runs.filter(({ hasBatch }) => hasBatch);
    }
    for (const run of ready) {
      if (isOver()) return;
      yield run;
    }
  }
}

/** All that have something, when there is no more room for others to be filled. */
function fullRuns(runs: readonly PartitionRun[], limits: BatchLimits): readonly PartitionRun[] {
  const heldBytes = runs.reduce((sum, run) => sum + run.heldBytes, 0);
  return runs.filter((run) => run.isFull(limits) || (run.hasBatch && heldBytes >= limits.bytes));
}

async function linger({ runs, arrived, limits, clock, over }: DueOf): Promise<void> {
  const end = new AbortController();
  const both = AbortSignal.any([over, end.signal]);
  const late = clock.sleep(limits.lingerMs, both).then(() => end.abort());
  while (!both.aborted && fullRuns(runs, limits).length === 0) await arrived.heard(both);
  end.abort();
  await late;
}
