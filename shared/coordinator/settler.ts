import { type AppError, toAppError } from '../kernel/errors.ts';
import type { PartitionStore, Settlement, Verdict } from '../stores/partitions/partition-store.ts';

/** One call settles no more than this. */
const SETTLEMENTS_MAX = 500;

interface Waiting {
  readonly settlement: Settlement;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * Tells the store what became of partitions. What is said in one turn of the event loop goes out
 * together, and what is said while a call is on its way with the next one, so that a window of quick
 * partitions costs few calls.
 */
export class Settler {
  readonly #store: Pick<PartitionStore, 'settle'>;
  readonly #onSent: (settlements: readonly Settlement[]) => void;
  #waiting: Waiting[] = [];
  #isCalling = false;

  /** `onSent` is told what is on its way now: whatever else is asked comes behind it. */
  constructor(
    store: Pick<PartitionStore, 'settle'>,
    onSent: (settlements: readonly Settlement[]) => void,
  ) {
    this.#store = store;
    this.#onSent = onSent;
  }

  /** @throws AppError as the store does: then nobody knows whether it was done. */
  settle(settlement: Settlement): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#waiting.push({ settlement, resolve, reject });
    if (!this.#isCalling) {
      this.#isCalling = true;
      // A microtask would be too soon for what is said in microtasks behind it.
      process.nextTick(() => void this.#run());
    }
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, SETTLEMENTS_MAX);
      try {
        const settlements = batch.map(({ settlement }) => settlement);
        const answer = this.#store.settle(settlements);
        this.#onSent(settlements);
        const verdicts = await answer;
        for (const [index, { resolve }] of batch.entries()) resolve(verdicts[index] ?? 'fenced');
      } catch (thrown) {
        for (const { reject } of batch) reject(toAppError(thrown));
      }
    }
    this.#isCalling = false;
  }
}
