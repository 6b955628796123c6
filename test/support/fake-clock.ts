import type { Clock } from '../../shared/kernel/clock.ts';

interface Sleeper {
  readonly wakeMs: number;
  readonly wake: () => void;
}

/** A clock that moves only when told to, and wakes the sleepers it passes. */
export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #wallMs: number;
  #monotonicMs = 1_000_000;

  constructor(nowMs = Date.UTC(2024, 0, 1)) {
    this.#wallMs = nowMs;
  }

  now(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((wake) => {
      this.#sleepers.add({ wakeMs: this.#monotonicMs + ms, wake });
      signal.addEventListener('abort', () => wake(), { once: true });
    });
  }

  /** Lets time pass: both the wall clock and the monotonic one. */
  advance(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.wakeMs > this.#monotonicMs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }

  /** The operator or NTP sets the wall clock; no time passes. */
  jumpWall(ms: number): void {
    this.#wallMs += ms;
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }
}
