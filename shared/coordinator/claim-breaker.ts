export interface BreakerOptions {
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

type State =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly untilMs: number }
  | { readonly state: 'halfopen'; readonly probes: number };

/**
 * Keeps a worker from claiming while whatever it claims fails, as when the database behind all
 * partitions is away. It stands before the claim: what is held goes on, and nothing that never ran
 * counts as failed. Time is a parameter, in ms that only grow.
 */
export class ClaimBreaker {
  readonly #options: BreakerOptions;
  #state: State = { state: 'closed' };
  #consecutive = 0;
  /** When each partition failed last, within the window. */
  readonly #failedAtMs = new Map<number, number>();
  #trips = 0;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** How many partitions may be claimed now. */
  roomFor(wanted: number, nowMs: number): number {
    const state = this.#now(nowMs);
    switch (state.state) {
      case 'closed':
        return wanted;
      case 'open':
        return 0;
      case 'halfopen':
        return Math.min(wanted, this.#options.probesMax - state.probes);
    }
  }

  claimed(count: number): void {
    if (this.#state.state !== 'halfopen') return;
    this.#state = { state: 'halfopen', probes: this.#state.probes + count };
  }

  succeeded(): void {
    this.#consecutive = 0;
    if (this.#state.state !== 'halfopen') return;
    this.#failedAtMs.clear();
    this.#state = { state: 'closed' };
  }

  failed(partitionId: number, nowMs: number): void {
    this.#consecutive += 1;
    this.#failedAtMs.delete(partitionId);
    this.#failedAtMs.set(partitionId, nowMs);
    this.#forgetBefore(nowMs - this.#options.windowMs);
    const { consecutiveFailuresMax, failuresMax } = this.#options;
    const isTooMuch =
      this.#consecutive >= consecutiveFailuresMax || this.#failedAtMs.size >= failuresMax;
    const { state } = this.#state;
    if (state === 'halfopen' || (state === 'closed' && isTooMuch)) this.#open(nowMs);
  }

  /** One that was claimed ended without telling anything: it was handed back, or lost. */
  ended(): void {
    if (this.#state.state !== 'halfopen') return;
    this.#state = { state: 'halfopen', probes: Math.max(0, this.#state.probes - 1) };
  }

  stats(nowMs: number) {
    this.#forgetBefore(nowMs - this.#options.windowMs);
    const state = this.#now(nowMs);
    return {
      state: state.state,
      consecutive_failures: this.#consecutive,
      total_failures: this.#failedAtMs.size,
      failed_partitions: [...this.#failedAtMs.keys()],
      half_open_requests: state.state === 'halfopen' ? state.probes : 0,
      trips: this.#trips,
    };
  }

  reset(): void {
    this.#state = { state: 'closed' };
    this.#consecutive = 0;
    this.#failedAtMs.clear();
  }

  #now(nowMs: number): State {
    if (this.#state.state === 'open' && this.#state.untilMs <= nowMs) {
      this.#state = { state: 'halfopen', probes: 0 };
    }
    return this.#state;
  }

  #open(nowMs: number): void {
    this.#trips += 1;
    this.#consecutive = 0;
    this.#state = { state: 'open', untilMs: nowMs + this.#options.openMs };
  }

  /** In the order in which they failed, since each is set anew. */
  #forgetBefore(ms: number): void {
    for (const [id, failedMs] of this.#failedAtMs) {
      if (failedMs >= ms) return;
      this.#failedAtMs.delete(id);
    }
  }
}
