interface Faults {
  /** So many requests are answered, and then none for `failDurationMs`; 0: that never happens. */
  readonly failAfter: number;
  /** 0: it lasts until the server ends. */
  readonly failDurationMs: number;
  /** Of the other requests so many fail by chance: 0 to 1. */
  readonly failRate: number;
  /** The same seed fails the same requests. */
  readonly seed: number;
}

/**
 * Decides which requests fail. Every request of the RPC service counts, and nothing else does. When
 * an outage is over, requests are counted from 0 again.
 */
export class FaultInjector {
  readonly #faults: Faults;
  #random: number;
  #sinceOutage = 0;
  #outageMs: number | null = null;

  constructor(faults: Faults) {
    this.#faults = faults;
    this.#random = faults.seed >>> 0;
  }

  /** When the outage began that goes on; null: there is none. */
  outage(nowMs: number): number | null {
    const { failDurationMs } = this.#faults;
    const isOver = failDurationMs > 0 && nowMs >= (this.#outageMs ?? nowMs) + failDurationMs;
    if (this.#outageMs !== null && isOver) {
      this.#outageMs = null;
      this.#sinceOutage = 0;
    }
    return this.#outageMs;
  }

  /** A request came: whether it fails. */
  fails(nowMs: number): boolean {
    if (this.outage(nowMs) !== null) return true;
    const { failAfter, failRate } = this.#faults;
    this.#sinceOutage += 1;
    if (failAfter > 0 && this.#sinceOutage > failAfter) {
      this.#outageMs = nowMs;
      return true;
    }
    return this.#chance() < failRate;
  }

  /** 0 to 1, by a generator of 32 bits (Mulberry). */
  #chance(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }
}
