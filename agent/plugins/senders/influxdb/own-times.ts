import type { Clock } from '../../../../shared/kernel/clock.ts';
import { batchShiftNs } from '../../../outbound/batch-shift.ts';
import { recordKeys } from '../../../records/record-keys.ts';

/**
 * Times for records that have none, in nanoseconds: one a record, the same for a batch, its parts and
 * its repetitions as long as this process lives. No two batches of one sender share any, however fast
 * they follow each other and wherever the clock is set, for points of one time would be one point.
 */
export class OwnTimes {
  readonly #clock: Clock;
  #batch = '';
  #startNs = 0n;
  #endNs = 0n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** That of the first of the `count` records of a delivery; each other's is one more. */
  of(key: string, count: number): bigint {
    const { batch, first } = recordKeys(key);
    if (batch !== this.#batch) {
      this.#batch = batch;
      const nowNs = BigInt(this.#clock.now()) * 1_000_000n + BigInt(batchShiftNs(batch));
      this.#startNs = later(nowNs, this.#endNs);
    }
    const startNs = this.#startNs + BigInt(first);
    this.#endNs = later(this.#endNs, startNs + BigInt(count));
    return startNs;
  }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
