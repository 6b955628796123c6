import { Coordinator, type CoordinatorDeps } from '../../shared/coordinator/coordinator.ts';
import type { Planner, Processor } from '../../shared/coordinator/processor.ts';
import type { TaskEnd } from '../../shared/coordinator/task.ts';
import { memoryPartitionStore } from '../../shared/stores/partitions/memory/memory-partition-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { SimProcess } from '../sim/sim-process.ts';
import { Timeline } from '../sim/timeline.ts';

const RIGHT = { wallMs: 0, rate: 1 };
const FAR_MS = 24 * 60 * 60_000;

export interface Ended {
  readonly worker: string;
  readonly id: number;
  readonly end: TaskEnd;
}

/** Coordinators of one namespace whose time passes as fast as they let it. */
export class CoordinatorRig {
  readonly timeline = new Timeline();
  readonly store: PartitionStore = memoryPartitionStore(new SimProcess(this.timeline, RIGHT));
  readonly ended: Ended[] = [];
  readonly troubles: unknown[] = [];

  /** Not started yet. */
  open(
    workerId: string,
    processor: Processor['process'],
    more: Partial<Omit<CoordinatorDeps, 'processor'>> = {},
  ) {
    const process = new SimProcess(this.timeline, RIGHT);
    const coordinator = new Coordinator({
      ...{ workerId, store: this.store, clock: process, random: { next: () => 0.5 } },
      processor: { process: processor },
      planner: plannerTo(100n, 10n),
      events: {
        ended: ({ id }, end) => void this.ended.push({ worker: workerId, id, end }),
        troubled: (_doing, error) => void this.troubles.push(error),
      },
      ...more,
    });
    return { process, coordinator };
  }

  /** Lets time pass until that is so. */
  async until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const isOver = await this.timeline.run(async () => isSo(), this.timeline.nowMs + FAR_MS);
    if (!isOver) throw new Error('that is never so');
  }

  async pass(ms: number): Promise<void> {
    const untilMs = this.timeline.nowMs + ms;
    let isOver = false;
    this.timeline.at(untilMs, () => (isOver = true));
    await this.until(() => isOver);
  }

  /** Stops it, and lets the time pass that this takes. */
  async stop(coordinator: Coordinator): Promise<void> {
    let isStopped = false;
    void coordinator.stop().then(() => (isStopped = true));
    await this.until(() => isStopped);
  }
}

/** IDs from 1 to `last`, in partitions of `size`. */
export function plannerTo(last: bigint, size: bigint): Planner {
  return {
    partitionSize: async () => size,
    nextMaxId: async (startId, rangeSize) => {
      const max = startId + rangeSize - 1n;
      return max < last ? max : last;
    },
  };
}
