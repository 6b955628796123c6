/** When a breaker opens and closes. Times are ms. */
export interface BreakerOptions {
  /** So many failures one after another open it. */
  readonly threshold: number;
  /** So long it stays open. */
  readonly openMs: number;
  /** Each time that it opens again without having closed for good, it stays open so much longer. */
  readonly growth: number;
  /** But never more than so many times as long. */
  readonly growthMax: number;
  /** So many calls are let through when that is over. */
  readonly halfOpenMax: number;
  /** The share of those that must succeed to close it. */
  readonly successShare: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/** What was let through; exactly one of these is told, once. */
export type CallEnd = 'success' | 'failure' | 'neither';

/**
 * Keeps calls from an instance that fails. Whoever is let through says afterwards how that ended,
 * also when it was given up (`neither`): so a place in the half-open state is never lost. To look at
 * the state takes none. `nowMs` is monotonic.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #failures = 0;
  #openedMs = 0;
  #openings = 0;
  /** Of the half-open state: let through, and how those ended that have. */
  #trials = { begun: 0, successes: 0, failures: 0 };
  /** Calls that were let through before the state changed last tell nothing about it. */
  #generation = 0;

  constructor(options: BreakerOptions, onChange: (state: BreakerState) => void = () => undefined) {
    this.#options = options;
    this.#onChange = onChange;
  }

  state(nowMs: number): BreakerState {
    if (this.#state === 'open' && nowMs >= this.#openedMs + this.openForMs) this.#turn('half_open');
    return this.#state;
  }

  /** Nothing is kept from its instance. */
  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** How long it stays open this time. */
  get openForMs(): number {
    const { openMs, growth, growthMax } = this.#options;
    return openMs * Math.min(growthMax, growth ** Math.max(0, this.#openings - 1));
  }

  wouldAllow(nowMs: number): boolean {
    const state = this.state(nowMs);
    return state === 'closed' || (state === 'half_open' && this.#hasRoom);
  }

  /** A call begins: a number to end it with; null: it may not. */
  begin(nowMs: number): number | null {
    if (!this.wouldAllow(nowMs)) return null;
    if (this.#state === 'half_open') this.#trials.begun += 1;
    return this.#generation;
  }

  end(begun: number, how: CallEnd, nowMs: number): void {
    if (begun !== this.#generation) return;
    if (this.#state === 'closed') this.#endClosed(how, nowMs);
    else this.#endTrial(how, nowMs);
  }

  /** What is on its way, and what has failed while it was closed, counts no more. */
  forget(): void {
    if (this.#state !== 'closed') return;
    this.#failures = 0;
    this.#generation += 1;
  }

  get #hasRoom(): boolean {
    return this.#trials.begun < this.#options.halfOpenMax;
  }

  #endClosed(how: CallEnd, nowMs: number): void {
    if (how === 'success') {
      this.#failures = 0;
      // One that has worked for as long as it was kept out has recovered.
      if (this.#openings > 0 && nowMs >= this.#openedMs + 2 * this.openForMs) this.#openings = 0;
    }
    if (how !== 'failure') return;
    this.#failures += 1;
    if (this.#failures >= this.#options.threshold) this.#open(nowMs);
  }

  #endTrial(how: CallEnd, nowMs: number): void {
    const trials = this.#trials;
    if (how === 'neither') trials.begun -= 1;
    if (how === 'success') trials.successes += 1;
    if (how === 'failure') trials.failures += 1;
    if (trials.successes >= this.#needed) this.#turn('closed');
    // So many have failed that the others cannot be enough.
    else if (trials.failures > this.#options.halfOpenMax - this.#needed) this.#open(nowMs);
  }

  /** So many trials must succeed. */
  get #needed(): number {
    const { halfOpenMax, successShare } = this.#options;
    return Math.max(1, Math.ceil(halfOpenMax * successShare));
  }

  #open(nowMs: number): void {
    this.#openedMs = nowMs;
    this.#openings += 1;
    this.#turn('open');
  }

  #turn(state: BreakerState): void {
    this.#state = state;
    this.#failures = 0;
    this.#trials = { begun: 0, successes: 0, failures: 0 };
    this.#generation += 1;
    this.#onChange(state);
  }
}
