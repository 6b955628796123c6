import { Bell } from '../kernel/bell.ts';
import type { Clock } from '../kernel/clock.ts';
import { type AppError, toAppError } from '../kernel/errors.ts';
import type { IncarnationMemory } from '../stores/partitions/incarnation-memory.ts';
import type { PartitionStore } from '../stores/partitions/partition-store.ts';
import { hasStoreCode, otherDataError } from '../stores/partitions/store-errors.ts';

/** A memory that cannot be asked is asked again after so long. */
const RETRY_MS = 1_000;
const STANDSTILL_MS = 60_000;

interface StoreGuardDeps {
  readonly store: PartitionStore;
  /** Null: what was worked on is not remembered. */
  readonly incarnations: IncarnationMemory | null;
  readonly clock: Clock;
  /** The data are not those that were worked on. */
  readonly onLoss: (error: AppError) => void;
  readonly onTrouble: (doing: string, error: unknown) => void;
}

/**
 * Sees to it that nothing is done with other data than those that were worked on, until somebody
 * says that it is right: all that is completed would be done once more.
 */
export class StoreGuard {
  readonly #deps: StoreGuardDeps;
  readonly #accepted = new Bell();
  #loss: AppError | null = null;
  #accepting: Promise<void> | null = null;
  #lost = new AbortController();

  constructor(deps: StoreGuardDeps) {
    this.#deps = deps;
  }

  /** Null: the data are there. */
  get loss(): AppError | null {
    return this.#loss;
  }

  /** Aborts when the data are gone. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** To be shown whatever went wrong with the store. */
  saw(thrown: unknown): void {
    if (hasStoreCode(thrown, 'store_lost')) this.#lose(toAppError(thrown));
  }

  /** Waits until the data are those that were worked on, or accepted; false: `signal` has aborted. */
  async isOurs(signal: AbortSignal): Promise<boolean> {
    const { clock, onTrouble } = this.#deps;
    const hasEnded = (): boolean => signal.aborted;
    while (!hasEnded()) {
      try {
        if (this.#loss === null) await this.#compare();
        if (this.#loss === null) return true;
        // A process that stands still has something to wait for, or it would end by itself.
        await this.#accepted.heardWithin(STANDSTILL_MS, clock, signal);
      } catch (thrown) {
        onTrouble('remember the store', thrown);
        await clock.sleep(RETRY_MS, signal);
      }
    }
    return false;
  }

  /**
   * Goes on with the data that are there now. Nothing must be at work.
   * @throws AppError as the store does when it cannot be opened anew.
   */
  accept(): Promise<void> {
    this.#accepting ??= this.#accept().finally(() => {
      this.#accepting = null;
    });
    return this.#accepting;
  }

  async #accept(): Promise<void> {
    const { store, incarnations } = this.#deps;
    if (this.#loss === null) return;
    await store.reopen?.();
    // One that cannot be opened anew is lost for good, and says so.
    await store.planState();
    await incarnations?.keep(store.identity.incarnation);
    this.#loss = null;
    this.#lost = new AbortController();
    this.#accepted.ring();
  }

  async #compare(): Promise<void> {
    const { store, incarnations } = this.#deps;
    const { incarnation } = store.identity;
    const last = await incarnations?.last();
    if (last === null) await incarnations?.keep(incarnation);
    else if (last !== undefined && last !== incarnation) this.#lose(otherDataError());
  }

  #lose(error: AppError): void {
    if (this.#loss !== null) return;
    this.#loss = error;
    this.#lost.abort();
    this.#deps.onLoss(error);
  }
}
