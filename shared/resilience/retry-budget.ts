export interface RetryBudgetOptions {
  /** Retries that each call earns: 0.2 lets a fifth be added to the load. */
  readonly share: number;
  /** So many a second there may be whatever the load is. */
  readonly leastASecond: number;
  /** What is not used is forgotten after so long. */
  readonly windowMs: number;
}

/** A window has so many. */
const STEPS = 64;

/**
 * Bounds retries (and hedges) by the calls there are, so that they do not become the load that keeps
 * a service down. `nowMs` is monotonic.
 */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  /** Earned by calls, and by time. */
  #tokens: number;
  #atMs: number | null = null;
  #refused = 0;

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
    this.#tokens = this.#most;
  }

  get refused(): number {
    return this.#refused;
  }

  tokens(nowMs: number): number {
    this.#pass(nowMs);
    return this.#tokens;
  }

  /** A call has begun. */
  earn(nowMs: number): void {
    // What was earned before fades first; so finely that nobody sees the steps.
    if (this.#atMs === null || nowMs - this.#atMs > this.#options.windowMs / STEPS) {
      this.#pass(nowMs);
    }
    this.#tokens += this.#options.share;
  }

  /** False: there is none left. */
  spend(nowMs: number): boolean {
    this.#pass(nowMs);
    if (this.#tokens < 1) {
      this.#refused += 1;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }

  get #most(): number {
    const { leastASecond, windowMs } = this.#options;
    return Math.max(1, (leastASecond * windowMs) / 1_000);
  }

  /** What calls have earned fades with the window; what time gives comes back up to its own most. */
  #pass(nowMs: number): void {
    const passedMs = this.#atMs === null ? 0 : Math.max(0, nowMs - this.#atMs);
    this.#atMs = nowMs;
    if (passedMs === 0) return;
    const { leastASecond, windowMs } = this.#options;
    const most = this.#most;
    if (this.#tokens > most) {
      this.#tokens = most + (this.#tokens - most) * Math.exp(-passedMs / windowMs);
    } else {
      this.#tokens = Math.min(most, this.#tokens + (leastASecond * passedMs) / 1_000);
    }
  }
}
