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
 * Tells the store what became of partitions. What is said while a call is on its way goes out
 * together with the next one, so that a window of quick partitions costs few calls.
 */
export class Settler {
  readonly #store: Pick<PartitionStore, 'settle'>;
  #waiting: Waiting[] = [];
  #isCalling = false;

  constructor(store: Pick<PartitionStore, 'settle'>) {
    this.#store = store;
  }

  /** @throws AppError as the store does: then nobody knows whether it was done. */
  settle(settlement: Settlement): Promise<Verdict> {
    const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
    this.#waiting.push({ settlement, resolve, reject });
    if (!this.#isCalling) {
      this.#isCalling = true;
      // Whatever else is said in this turn of the event loop goes along.
      queueMicrotask(() => void this.#run());
    }
    return promise;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, SETTLEMENTS_MAX);
      try {
        const verdicts = await this.#store.settle(batch.map(({ settlement }) => settlement));
        for (const [index, { resolve }] of batch.entries()) resolve(verdicts[index] ?? 'fenced');
      } catch (thrown) {
        for (const { reject } of batch) reject(toAppError(thrown));
      }
    }
    this.#isCalling = false;
  }
}
