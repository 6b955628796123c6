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
  /** So many of those must succeed to close it. */
  readonly successesToClose: number;
  /** So many of those must fail to open it again. */
  readonly failuresToReopen: number;
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

  /** There is nothing to remember: it is as one that has just been made. */
  get isFresh(): boolean {
    return this.isClosed && this.#failures === 0 && this.#openings === 0;
  }

  get failuresInARow(): number {
    return this.#failures;
  }

  /** In the half-open state, calls that were let through. */
  get trialsBegun(): number {
    return this.#trials.begun;
  }

  wouldAllow(nowMs: number): boolean {
    return this.roomFor(1, nowMs) > 0;
  }

  /** How many of `wanted` calls may begin. */
  roomFor(wanted: number, nowMs: number): number {
    switch (this.state(nowMs)) {
      case 'closed':
        return wanted;
      case 'open':
        return 0;
      case 'half_open':
        return Math.min(wanted, this.#options.halfOpenMax - this.#trials.begun);
    }
  }

  /** So many calls begin: a number to end each of them with; null: they may not. */
  begin(nowMs: number, calls = 1): number | null {
    if (this.roomFor(calls, nowMs) < calls) return null;
    if (this.#state === 'half_open') this.#trials.begun += calls;
    return this.#generation;
  }

  end(begun: number, how: CallEnd, nowMs: number): void {
    if (begun !== this.#generation) return;
    if (this.#state === 'closed') this.#endClosed(how, nowMs);
    else this.#endTrial(how, nowMs);
  }

  /** It opens, whatever it has seen itself. */
  trip(nowMs: number): void {
    if (this.#state === 'closed') this.#open(nowMs);
  }

  /** It is closed, as if nothing had ever failed. */
  reset(): void {
    this.#openings = 0;
    this.#turn('closed');
  }

  /** What is on its way, and what has failed while it was closed, counts no more. */
  forget(): void {
    if (this.#state !== 'closed') return;
    this.#failures = 0;
    this.#generation += 1;
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
    const { successesToClose, failuresToReopen } = this.#options;
    if (trials.successes >= successesToClose) this.#turn('closed');
    else if (trials.failures >= failuresToReopen) this.#open(nowMs);
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
