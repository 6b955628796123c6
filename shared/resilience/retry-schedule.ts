import type { RandomSource } from '../kernel/random.ts';

/** How long a caller waits before it tries again. Times are ms. */
export interface RetrySchedule {
  /**
   * `simple`: always the interval; `exponential`: it grows; `jittered`: it grows, and is spread by
   * chance, so that callers that failed together do not come back together.
   */
  readonly strategy: 'simple' | 'exponential' | 'jittered';
  readonly intervalMs: number;
  readonly maxDelayMs: number;
  /** What the interval is multiplied with after each wait. */
  readonly backoff: number;
  /** The share by which a jittered wait is longer or shorter, 0 to 1. */
  readonly jitter: number;
}

/**
 * From `firstMs` it doubles up to `maxMs`. Half of each wait is certain and half is chance: what
 * whoever waits for a thing that comes back uses, be it a server or a disk.
 */
export function doubling(firstMs: number, maxMs: number): RetrySchedule {
  return {
    strategy: 'jittered',
    // From half of a wait to all of it is its middle, a third less or more.
    intervalMs: 0.75 * firstMs,
    maxDelayMs: maxMs,
    backoff: 2,
    jitter: 1 / 3,
  };
}

/** The wait before retry number `retry` (1 is the first one), in whole ms. */
export function retryDelayMs(schedule: RetrySchedule, retry: number, random: RandomSource): number {
  const { strategy, maxDelayMs, jitter } = schedule;
  const spread = strategy === 'jittered' ? jitter : 0;
  // The longest waits are spread as well, below the most: else all would come back together.
  const middleMs = Math.min(maxDelayMs / (1 + spread), grownMs(schedule, retry));
  return Math.round(middleMs * (1 + spread * (2 * random.next() - 1)));
}

function grownMs({ strategy, intervalMs, backoff }: RetrySchedule, retry: number): number {
  // Nothing times a growth beyond all numbers would be no number.
  if (strategy === 'simple' || intervalMs === 0) return intervalMs;
  return intervalMs * backoff ** (Math.max(retry, 1) - 1);
}
