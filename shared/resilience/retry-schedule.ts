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

/** The wait before retry number `retry` (1 is the first one). */
export function retryDelayMs(schedule: RetrySchedule, retry: number, random: RandomSource): number {
  const { strategy, intervalMs, maxDelayMs, backoff, jitter } = schedule;
  // Nothing times a growth beyond all numbers would be no number.
  if (strategy === 'simple' || intervalMs === 0) return Math.min(intervalMs, maxDelayMs);
  const grownMs = Math.min(maxDelayMs, intervalMs * backoff ** (Math.max(retry, 1) - 1));
  if (strategy === 'exponential') return grownMs;
  return Math.min(maxDelayMs, grownMs * (1 + jitter * (2 * random.next() - 1)));
}
