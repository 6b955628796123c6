import { NO_PARTITIONS } from '../../shared/domain/partition.ts';
import type { PartitionStatusView } from '../../shared/domain/partition-status.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';

const LOOK_MS = 2_000;
/** Partitions of others that the status names. */
const OTHERS_MAX = 20;
const HELD_MAX = 200;

type Seen = Omit<PartitionStatusView, 'key' | 'worker_id' | 'is_leader' | 'held'>;

export const NOTHING_SEEN: Seen = {
  ...{ leader: '', active_workers: 0, is_paused: false, planned_to: null },
  ...{ partitions: NO_PARTITIONS, others: [] },
};

/** Looks at shared work again and again, so that a status has nothing to wait for. */
export class PartitionWatch {
  readonly #store: PartitionStore;
  readonly #workerId: string;
  readonly #clock: Clock;
  #seen: Seen = NOTHING_SEEN;
  #trouble: string | null = null;

  constructor(store: PartitionStore, workerId: string, clock: Clock) {
    this.#store = store;
    this.#workerId = workerId;
    this.#clock = clock;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** Why the store cannot be asked, or null. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** `onLook`: called after each look. */
  async run(signal: AbortSignal, onLook: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#seen = await this.#look();
        this.#trouble = null;
      } catch (thrown) {
        this.#trouble = `the store of partitions: ${messageOf(thrown)}`;
      }
      await onLook();
      await this.#clock.sleep(LOOK_MS, signal);
    }
  }

  async #look(): Promise<Seen> {
    const store = this.#store;
    const [partitions, { plannedTo, isPaused }, { leader }, workers, held] = await Promise.all([
      store.counts(),
      store.planState(),
      store.leadership(),
      store.workers(),
      store.partitions({ statuses: ['claimed', 'running'], limit: HELD_MAX }),
    ]);
    const others = held.filter(({ workerId }) => workerId !== this.#workerId);
    return {
      ...{ leader, partitions, is_paused: isPaused },
      active_workers: workers.filter(({ isActive }) => isActive).length,
      planned_to: plannedTo?.toString() ?? null,
      others: others
        .slice(0, OTHERS_MAX)
        .map(({ id, workerId }) => ({ partition_id: id, worker_id: workerId })),
    };
  }
}
