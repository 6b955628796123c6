import type { Clock } from './clock.ts';

/** What a timer can be set to; an alarm that rings too early is set anew by whom it wakes. */
const SLEEP_MS_MAX = 2 ** 31 - 1;

/**
 * One timer for many due times: it is set to the earliest it was told of, and whoever it wakes looks
 * at all that is due and sets it anew. What was done in time costs nothing but that look.
 */
export class Alarm {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly #ring: () => void;
  #dueMs = Infinity;
  #sleep: AbortController | null = null;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'sleep'>, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at `dueMs` of the monotonic clock at the latest. */
  by(dueMs: number): void {
    if (dueMs >= this.#dueMs) return;
    this.stop();
    this.#dueMs = dueMs;
    const sleep = new AbortController();
    this.#sleep = sleep;
    void this.#ringAfter(dueMs - this.#clock.monotonicMs(), sleep.signal);
  }

  stop(): void {
    this.#dueMs = Infinity;
    this.#sleep?.abort();
    this.#sleep = null;
  }

  async #ringAfter(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(Math.min(SLEEP_MS_MAX, Math.max(0, Math.ceil(ms))), signal);
    if (signal.aborted) return;
    this.#dueMs = Infinity;
    this.#ring();
  }
}
