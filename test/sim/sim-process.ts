import type { Clock } from '../../shared/kernel/clock.ts';
import type { Timeline } from './timeline.ts';

/** The epoch of all wall clocks, but for what they are wrong by. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

export interface Skew {
  /** What the wall clock is wrong by. */
  readonly wallMs: number;
  /** How fast its clocks go: 1 is right. */
  readonly rate: number;
}

/**
 * A process as the world sees it: its clocks are its own, and it may stand still for a while, as
 * one that is stopped or swapped out does, or die: then nothing that it waits for ever happens.
 */
export class SimProcess implements Clock {
  readonly #timeline: Timeline;
  readonly #skew: Skew;
  #standsUntilMs = 0;
  #isDead = false;

  constructor(timeline: Timeline, skew: Skew) {
    this.#timeline = timeline;
    this.#skew = skew;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  now(): number {
    return EPOCH_MS + this.#timeline.nowMs + this.#skew.wallMs;
  }

  monotonicMs(): number {
    return this.#timeline.nowMs * this.#skew.rate;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => this.#whenAwake(resolve);
      signal.addEventListener('abort', wake, { once: true });
      this.#timeline.at(this.#timeline.nowMs + ms / this.#skew.rate, () => {
        signal.removeEventListener('abort', wake);
        wake();
      });
    });
  }

  /** It stands still for so long: whatever it waits for happens when it goes on. */
  pause(ms: number): void {
    this.#standsUntilMs = Math.max(this.#standsUntilMs, this.#timeline.nowMs + ms);
  }

  kill(): void {
    this.#isDead = true;
  }

  #whenAwake(act: () => void): void {
    if (this.#isDead) return;
    if (this.#standsUntilMs <= this.#timeline.nowMs) act();
    else this.#timeline.at(this.#standsUntilMs, () => this.#whenAwake(act));
  }
}
