import type { Clock } from '../../../shared/kernel/clock.ts';
import type { RandomSource } from '../../../shared/kernel/random.ts';

const GIVES_UP = 0.2;
const IS_HASTY = 0.1;
/** In the middle of an attempt, or in the middle of what comes after several that failed. */
const SOON_MS = 30;
const LATER_MS = 1_000;

/** Who waits for one call: to its end, for a time of its own, or until it is tired of it. */
export class SimCaller {
  readonly timeoutMs: number | null;
  readonly #clock: Clock;
  readonly #giving = new AbortController();
  readonly #over = new AbortController();
  #gaveUpMs: number | null = null;

  private constructor(clock: Clock, timeoutMs: number | null, patienceMs: number | null) {
    this.timeoutMs = timeoutMs;
    this.#clock = clock;
    if (patienceMs !== null) void this.#giveUpAfter(patienceMs);
  }

  static patient(clock: Clock): SimCaller {
    return new SimCaller(clock, null, null);
  }

  static any(clock: Clock, random: RandomSource): SimCaller {
    const timeoutMs = random.next() < IS_HASTY ? 1 + 200 * random.next() : null;
    const mostMs = random.next() < 0.5 ? SOON_MS : LATER_MS;
    const patienceMs = random.next() < GIVES_UP ? mostMs * random.next() : null;
    return new SimCaller(clock, timeoutMs, patienceMs);
  }

  get signal(): AbortSignal {
    return this.#giving.signal;
  }

  get hasGivenUp(): boolean {
    return this.#gaveUpMs !== null;
  }

  /** The call has gone on though it was given up. */
  get isLate(): boolean {
    return this.#gaveUpMs !== null && this.#clock.monotonicMs() > this.#gaveUpMs;
  }

  /** The call is over. */
  end(): void {
    this.#over.abort();
  }

  async #giveUpAfter(ms: number): Promise<void> {
    await this.#clock.sleep(ms, this.#over.signal);
    if (this.#over.signal.aborted) return;
    this.#gaveUpMs = this.#clock.monotonicMs();
    this.#giving.abort();
  }
}
