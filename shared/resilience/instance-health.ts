import type { Evidence } from './evidence.ts';

/**
 * `unhealthy`: it should get no calls, but too many others get none already. `isolated`: it gets none
 * until its time is over; then it is `recovering`, and gets back what is its own in the way of the
 * strategy.
 */
export type HealthState = 'healthy' | 'suspect' | 'unhealthy' | 'isolated' | 'recovering';

export interface RecoveryOptions {
  /**
   * `immediate`: all of its calls at once; `gradual`: more and more of them; `probing`: none until
   * looks at it (or single calls) have succeeded so often.
   */
  readonly strategy: 'immediate' | 'gradual' | 'probing';
  /** How long it is isolated the first time, how far probes are apart, and how long it takes to come back gradually. */
  readonly intervalMs: number;
  /** The most that an isolation may grow to; who has been well for so long starts with the least again. */
  readonly timeoutMs: number;
  /** So many successes end a recovery; before them, one failure does. */
  readonly threshold: number;
}

interface InstanceHealthDeps {
  readonly evidence: Evidence;
  readonly recovery: RecoveryOptions;
  /** Whether the others can do without it. */
  readonly mayEject: () => boolean;
  readonly onChange?: (state: HealthState) => void;
}

type Phase =
  | { readonly is: 'in' }
  | { readonly is: 'out'; readonly sinceMs: number }
  | { readonly is: 'back'; readonly sinceMs: number; successes: number };

/** What one that recovers gradually begins with. */
const SHARE_LEAST = 0.1;
const GROWTH = 1.5;
const IN: Phase = { is: 'in' };

/**
 * What is thought of one instance, from its calls and from looks at it: there is only this one
 * state, and time alone always leads out of an isolation. `nowMs` is monotonic.
 */
export class InstanceHealth {
  readonly #deps: InstanceHealthDeps;
  #phase: Phase = IN;
  /** Isolations one soon after another. */
  #ejections = 0;
  #returnedMs = Number.NEGATIVE_INFINITY;
  #probedMs = Number.NEGATIVE_INFINITY;
  #told: HealthState = 'healthy';

  constructor(deps: InstanceHealthDeps) {
    this.#deps = deps;
  }

  /** It gets all the calls that are its own, whatever is thought of it. */
  get isIn(): boolean {
    return this.#phase.is === 'in';
  }

  /** It gets no calls, as it was when it was looked at last. */
  get getsNothing(): boolean {
    const { is } = this.#phase;
    return is === 'out' || (is === 'back' && this.#deps.recovery.strategy === 'probing');
  }

  state(nowMs: number): HealthState {
    const phase = this.#phase;
    if (phase.is === 'out' && nowMs >= phase.sinceMs + this.isolatedForMs) {
      this.#beginRecovery(nowMs);
    }
    return this.#tell(this.#current(nowMs));
  }

  get isolatedForMs(): number {
    const { intervalMs, timeoutMs } = this.#deps.recovery;
    const grownMs = intervalMs * GROWTH ** Math.max(0, this.#ejections - 1);
    return Math.min(Math.max(intervalMs, timeoutMs), grownMs);
  }

  /** Of the calls that are its own, how many it may get now: 0 to 1. */
  share(nowMs: number): number {
    this.state(nowMs);
    const phase = this.#phase;
    if (phase.is === 'in') return 1;
    const { strategy, intervalMs } = this.#deps.recovery;
    if (phase.is === 'out' || strategy === 'probing') return 0;
    const passed = (nowMs - phase.sinceMs) / intervalMs;
    return Math.min(1, SHARE_LEAST + (1 - SHARE_LEAST) * passed);
  }

  /** Whether a look at one that gets no calls (or a single call) is due; whoever is told so does it. */
  takeProbe(nowMs: number): boolean {
    const state = this.state(nowMs);
    if (this.share(nowMs) > 0) return false;
    const { intervalMs } = this.#deps.recovery;
    const phase = this.#phase;
    const isDue =
      nowMs - this.#probedMs >= intervalMs &&
      (state === 'recovering' || (phase.is === 'out' && nowMs - phase.sinceMs >= intervalMs));
    if (isDue) this.#probedMs = nowMs;
    return isDue;
  }

  success(nowMs: number): void {
    this.#deps.evidence.success(nowMs);
    if (this.#phase.is === 'back') this.#recover(this.#phase, nowMs);
    if (this.#told !== 'healthy') this.state(nowMs);
  }

  failure(nowMs: number): void {
    const { evidence, recovery } = this.#deps;
    evidence.failure(nowMs);
    const phase = this.#phase;
    const isRelapse = phase.is === 'back' && phase.successes < recovery.threshold;
    if (isRelapse || evidence.verdict(nowMs) === 'ill') this.#eject(nowMs);
    this.state(nowMs);
  }

  /** A look at one that is isolated went well: it need not wait longer. */
  endIsolation(nowMs: number): void {
    if (this.#phase.is === 'out') this.#beginRecovery(nowMs);
  }

  #eject(nowMs: number): void {
    if (this.#phase.is === 'out') return;
    if (!this.#deps.mayEject()) {
      this.#phase = IN;
      return;
    }
    if (nowMs - this.#returnedMs > this.#deps.recovery.timeoutMs) this.#ejections = 0;
    this.#ejections += 1;
    this.#phase = { is: 'out', sinceMs: nowMs };
  }

  #beginRecovery(nowMs: number): void {
    const { evidence, recovery } = this.#deps;
    this.#returnedMs = nowMs;
    evidence.reset();
    this.#phase =
      recovery.strategy === 'immediate' ? IN : { is: 'back', sinceMs: nowMs, successes: 0 };
  }

  #recover(phase: Extract<Phase, { is: 'back' }>, nowMs: number): void {
    const { strategy, intervalMs, threshold } = this.#deps.recovery;
    phase.successes += 1;
    const isRamped = strategy === 'probing' || nowMs - phase.sinceMs >= intervalMs;
    if (phase.successes >= threshold && isRamped) this.#phase = IN;
  }

  #current(nowMs: number): HealthState {
    if (this.#phase.is === 'out') return 'isolated';
    if (this.#phase.is === 'back') return 'recovering';
    const verdict = this.#deps.evidence.verdict(nowMs);
    if (verdict === 'ill') return 'unhealthy';
    return verdict === 'suspect' ? 'suspect' : 'healthy';
  }

  #tell(state: HealthState): HealthState {
    if (state !== this.#told) {
      this.#told = state;
      this.#deps.onChange?.(state);
    }
    return state;
  }
}
