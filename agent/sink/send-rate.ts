import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError } from '../../shared/kernel/errors.ts';

const MS_PER_SECOND = 1_000;
/** A timer cannot wait for more than 24 days. */
const SLEEP_MS_MAX = 3_600_000;

/** Keeps a sender below so many records a second: a batch goes whole, and what follows waits. */
export class SendRate {
  readonly #perSecond: number;
  readonly #clock: Clock;
  /** Of the monotonic clock: from then on more may be sent. */
  #readyMs = Number.NEGATIVE_INFINITY;

  /** 0 or less: no limit. */
  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /**
   * Resolves when more may be sent.
   *
   * @throws AppError `unavailable` when `signal` aborts first.
   */
  async ready(signal: AbortSignal): Promise<void> {
    const waitMs = () => this.#readyMs - this.#clock.monotonicMs();
    while (waitMs() > 0 && !signal.aborted) {
      await this.#clock.sleep(Math.min(waitMs(), SLEEP_MS_MAX), signal);
    }
    if (signal.aborted) throw new AppError('unavailable', 'given up while it waited for its rate');
  }

  /** So many were sent just now. */
  spend(records: number): void {
    if (this.#perSecond <= 0) return;
    const costMs = (records * MS_PER_SECOND) / this.#perSecond;
    this.#readyMs = Math.max(this.#readyMs, this.#clock.monotonicMs()) + costMs;
  }
}
