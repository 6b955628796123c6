import type { Evidence } from './evidence.ts';

/**
 * `ejected`: it gets nothing until its time is over; then it is `recovering`, and gets back what is
 * its own in the way of the strategy.
 */
export type HealthState = 'healthy' | 'suspect' | 'ejected' | 'recovering';

export interface RecoveryOptions {
  /**
   * `immediate`: all of its calls at once; `gradual`: more and more of them; `probing`: none until
   * looks at it (or single calls) have succeeded so often.
   */
  readonly strategy: 'immediate' | 'gradual' | 'probing';
  /** How long it is ejected the first time, and how far probes are apart. */
  readonly intervalMs: number;
  /** Until a gradual recovery is complete, and the most that an ejection may grow to. */
  readonly timeoutMs: number;
  /** So many successes end a recovery. */
  readonly threshold: number;
}

/** What one that recovers gradually begins with. */
const SHARE_LEAST = 0.1;
const GROWTH = 1.5;

/**
 * What is thought of one instance, from its calls and from looks at it: there is only this one
 * state, and time alone always leads out of an ejection. `nowMs` is monotonic.
 */
export class InstanceHealth {
  readonly #evidence: Evidence;
  readonly #recovery: RecoveryOptions;
  readonly #onChange: (state: HealthState) => void;
  #ejectedMs: number | null = null;
  #ejections = 0;
  #recovering: { readonly sinceMs: number; successes: number; probedMs: number } | null = null;
  #told: HealthState = 'healthy';

  constructor(
    evidence: Evidence,
    recovery: RecoveryOptions,
    onChange: (state: HealthState) => void = () => undefined,
  ) {
    this.#evidence = evidence;
    this.#recovery = recovery;
    this.#onChange = onChange;
  }

  state(nowMs: number): HealthState {
    if (this.#ejectedMs !== null && nowMs >= this.#ejectedMs + this.ejectedForMs) {
      this.#beginRecovery(nowMs);
    }
    return this.#tell(this.#current(nowMs));
  }

  get ejectedForMs(): number {
    const { intervalMs, timeoutMs } = this.#recovery;
    return Math.min(timeoutMs, intervalMs * GROWTH ** Math.max(0, this.#ejections - 1));
  }

  /** Of the calls that are its own, how many it may get now: 0 to 1. */
  share(nowMs: number): number {
    const state = this.state(nowMs);
    if (state === 'ejected') return 0;
    if (state !== 'recovering' || this.#recovering === null) return 1;
    const { strategy, timeoutMs } = this.#recovery;
    if (strategy === 'probing') return 0;
    const passed = (nowMs - this.#recovering.sinceMs) / timeoutMs;
    return Math.min(1, SHARE_LEAST + (1 - SHARE_LEAST) * passed);
  }

  /** Whether a look, or a single call in its place, is due; whoever is told so does it. */
  takeProbe(nowMs: number): boolean {
    if (this.state(nowMs) !== 'recovering' || this.#recovering === null) return false;
    if (nowMs - this.#recovering.probedMs < this.#recovery.intervalMs) return false;
    this.#recovering.probedMs = nowMs;
    return true;
  }

  success(nowMs: number): void {
    this.#evidence.success(nowMs);
    if (this.#recovering === null) return;
    this.#recovering.successes += 1;
    if (this.#recovering.successes >= this.#recovery.threshold && this.#isRamped(nowMs)) {
      this.#recovering = null;
      this.#ejections = 0;
    }
    this.state(nowMs);
  }

  failure(nowMs: number): void {
    this.#evidence.failure(nowMs);
    // Whoever has not recovered yet is not given as much patience as one that is well.
    if (this.#recovering !== null || this.#evidence.verdict(nowMs) === 'ill') this.eject(nowMs);
    this.state(nowMs);
  }

  eject(nowMs: number): void {
    if (this.#ejectedMs !== null) return;
    this.#ejectedMs = nowMs;
    this.#ejections += 1;
    this.#recovering = null;
    this.#tell('ejected');
  }

  #beginRecovery(nowMs: number): void {
    this.#ejectedMs = null;
    this.#evidence.reset();
    if (this.#recovery.strategy === 'immediate') return;
    const probedMs = Number.NEGATIVE_INFINITY;
    this.#recovering = { sinceMs: nowMs, successes: 0, probedMs };
  }

  #isRamped(nowMs: number): boolean {
    return this.#recovery.strategy === 'probing' || this.share(nowMs) >= 1;
  }

  #current(nowMs: number): HealthState {
    if (this.#ejectedMs !== null) return 'ejected';
    if (this.#recovering !== null) return 'recovering';
    return this.#evidence.verdict(nowMs) === 'suspect' ? 'suspect' : 'healthy';
  }

  #tell(state: HealthState): HealthState {
    if (state !== this.#told) {
      this.#told = state;
      this.#onChange(state);
    }
    return state;
  }
}
