import type { RandomSource } from '../kernel/random.ts';

/** How long to wait between attempts: exponential, capped, with full jitter in the upper half. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * The wait after failure number `failures` (1 is the first). Half of it is certain and half is
 * chance, so that callers who failed together do not come back together.
 */
export function backoffMs({ firstMs, maxMs }: Backoff, failures: number, random: RandomSource) {
  const doublings = Math.min(Math.max(failures - 1, 0), 30);
  const fullMs = Math.min(maxMs, firstMs * 2 ** doublings);
  return Math.round(fullMs / 2 + (fullMs / 2) * random.next());
}
