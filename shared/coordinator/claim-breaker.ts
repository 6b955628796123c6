import { Breaker, type CallEnd } from '../resilience/breaker.ts';

export interface ClaimBreakerOptions {
  /** So many partitions that failed one after another, without one that did not. */
  readonly consecutiveFailuresMax: number;
  /** So many different partitions that failed within the window. */
  readonly failuresMax: number;
  readonly windowMs: number;
  /** So long nothing is claimed after that. */
  readonly openMs: number;
  /** So many are tried at a time when that is over. */
  readonly probesMax: number;
}

/** The names of the original, in which statistics are given. */
const STATES = { closed: 'closed', open: 'open', half_open: 'halfopen' } as const;

/**
 * Keeps a worker from claiming while whatever it claims fails, as when the database behind all
 * partitions is away. It stands before the claim: what is held goes on, and nothing that never ran
 * counts as failed. Beside failures in a row it counts how many different partitions have failed of
 * late. The first one that ends after a trip decides. Time is a parameter, in ms that only grow.
 */
export class ClaimBreaker {
  readonly #options: ClaimBreakerOptions;
  readonly #breaker: Breaker;
  /** When each partition failed last, within the window. */
  readonly #failedAtMs = new Map<number, number>();
  #trips = 0;

  constructor(options: ClaimBreakerOptions) {
    this.#options = options;
    this.#breaker = new Breaker(
      {
        threshold: options.consecutiveFailuresMax,
        openMs: options.openMs,
        ...{ growth: 1, growthMax: 1 },
        halfOpenMax: options.probesMax,
        ...{ successesToClose: 1, failuresToReopen: 1 },
      },
      (state) => {
        if (state === 'open') this.#trips += 1;
        if (state === 'closed') this.#failedAtMs.clear();
      },
    );
  }

  /** How many partitions may be claimed now. */
  roomFor(wanted: number, nowMs: number): number {
    return this.#breaker.roomFor(wanted, nowMs);
  }

  /** Each of them is ended by what is returned. */
  claimed(count: number, nowMs: number): number | null {
    return this.#breaker.begin(nowMs, count);
  }

  /** `neither`: it was handed back, or lost. */
  ended(begun: number | null, partitionId: number, how: CallEnd, nowMs: number): void {
    if (begun !== null) this.#breaker.end(begun, how, nowMs);
    if (how === 'failure') this.#note(partitionId, nowMs);
  }

  stats(nowMs: number) {
    this.#forgetBefore(nowMs - this.#options.windowMs);
    const state = this.#breaker.state(nowMs);
    return {
      state: STATES[state],
      consecutive_failures: this.#breaker.failuresInARow,
      total_failures: this.#failedAtMs.size,
      failed_partitions: [...this.#failedAtMs.keys()],
      half_open_requests: this.#breaker.trialsBegun,
      trips: this.#trips,
    };
  }

  reset(): void {
    this.#breaker.reset();
  }

  #note(partitionId: number, nowMs: number): void {
    this.#failedAtMs.delete(partitionId);
    this.#failedAtMs.set(partitionId, nowMs);
    this.#forgetBefore(nowMs - this.#options.windowMs);
    if (this.#failedAtMs.size >= this.#options.failuresMax) this.#breaker.trip(nowMs);
  }

  /** In the order in which they failed, since each is set anew. */
  #forgetBefore(ms: number): void {
    for (const [id, failedMs] of this.#failedAtMs) {
      if (failedMs >= ms) return;
      this.#failedAtMs.delete(id);
    }
  }
}
