import type { Presence } from './engine/partition-data.ts';
import type { Silence } from './partition-store.ts';

interface Moment {
  readonly nowMs: number;
  /** Of the clock by which workers are active. */
  readonly atMs: number;
}

/** Those that are to be listed no longer, the longest silent first. */
export function silentWorkers(
  workers: readonly Presence[],
  { silentMs, inactiveMax }: Silence,
  { nowMs, atMs }: Moment,
): string[] {
  const inactive = workers
    .filter(({ untilMs }) => untilMs <= atMs)
    .toSorted((a, b) => a.lastSeenMs - b.lastSeenMs);
  const tooMany = inactive.length - inactiveMax;
  return inactive
    .filter(({ lastSeenMs }, nth) => nth < tooMany || nowMs - lastSeenMs >= silentMs)
    .map(({ workerId }) => workerId);
}
