import { toAppError } from '../kernel/errors.ts';
import { Gathered } from '../kernel/gathered.ts';
import type { PartitionStore, Settlement, Verdict } from '../stores/partitions/partition-store.ts';

/** One call settles no more than this. */
const SETTLEMENTS_MAX = 500;

/**
 * Tells the store what became of partitions, together, so that a window of quick ones costs few
 * calls. What is claimed in their place goes first: the store has work again while these are ended.
 */
export class Settler {
  readonly #settlements: Gathered<Settlement, Verdict>;

  /** `onSent` is told what is on its way now: whatever else is asked comes behind it. */
  constructor(
    store: Pick<PartitionStore, 'settle'>,
    onSent: (settlements: readonly Settlement[]) => void,
  ) {
    const settle = async (settlements: readonly Settlement[]) => {
      const answer = store.settle(settlements);
      onSent(settlements);
      return answer.catch((thrown: unknown) => {
        throw toAppError(thrown);
      });
    };
    this.#settlements = new Gathered(settle, { batchMax: SETTLEMENTS_MAX, tellsLast: true });
  }

  /** @throws AppError as the store does: then nobody knows whether it was done. */
  settle(settlement: Settlement): Promise<Verdict> {
    return this.#settlements.ask(settlement);
  }
}
