import type { Clock } from '../../shared/kernel/clock.ts';

/** Resolves with the promise, or after so long without it. */
export async function within(
  clock: Clock,
  msMax: number,
  promise: Promise<unknown>,
): Promise<void> {
  const end = new AbortController();
  await Promise.race([promise, clock.sleep(msMax, end.signal)]);
  end.abort();
}
