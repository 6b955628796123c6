import { type Clock, systemClock } from '../../../shared/kernel/clock.ts';

/** Real time, of which is known who still waits for it. */
export class CountingClock implements Clock {
  #sleepers = 0;

  get sleepers(): number {
    return this.#sleepers;
  }

  now(): number {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    this.#sleepers += 1;
    await systemClock.sleep(ms, signal);
    this.#sleepers -= 1;
  }
}
