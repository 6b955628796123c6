import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../shared/kernel/clock.ts';

/**
 * A clock on which every sleep is over at once: its time moves only by being slept away. What
 * waits for minutes is tested in milliseconds, on real files.
 */
export class HastyClock implements Clock {
  #nowMs: number;
  #sleeps = 0;

  constructor(nowMs = Date.now()) {
    this.#nowMs = nowMs;
  }

  get sleeps(): number {
    return this.#sleeps;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, _signal: AbortSignal): Promise<void> {
    await setImmediate();
    this.#nowMs += ms;
    this.#sleeps += 1;
  }
}
