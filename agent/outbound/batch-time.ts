import type { Clock } from '../../shared/kernel/clock.ts';
import { recordKeys } from '../records/record-keys.ts';

/** One time for a batch, for its parts and its repetitions, as long as this process lives. */
export class BatchTime {
  readonly #clock: Clock;
  #batch = '';
  #timeMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Epoch milliseconds at which the batch of this delivery's key was sent first. */
  of(key: string): number {
    const { batch } = recordKeys(key);
    if (batch !== this.#batch) {
      this.#batch = batch;
      this.#timeMs = this.#clock.now();
    }
    return this.#timeMs;
  }
}
