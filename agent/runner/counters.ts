import { z } from 'zod';

const StageCount = z.object({
  success: z.int().nonnegative(),
  errors: z.int().nonnegative(),
  lastError: z.string(),
});

/** What a runner has done since it was added or reset; kept with its checkpoints. */
export const RunnerTotals = z.object({
  bytes: z.int().nonnegative(),
  reader: StageCount,
  parser: StageCount,
  transforms: z.record(z.string(), StageCount),
  senders: z.record(z.string(), StageCount),
});
export type RunnerTotals = z.infer<typeof RunnerTotals>;
export type StageCount = z.infer<typeof StageCount>;

export function noTotals(): RunnerTotals {
  return { bytes: 0, reader: noCount(), parser: noCount(), transforms: {}, senders: {} };
}

/** Totals as a checkpoint kept them; counters are no reason to stop, so a bad one starts anew. */
export function totalsOf(stored: unknown): RunnerTotals {
  const result = RunnerTotals.safeParse(stored);
  return result.success ? result.data : noTotals();
}

/** Finds a stage's counter, making it at its first use. */
export function countOf(stages: Record<string, StageCount>, name: string): StageCount {
  const known = Object.hasOwn(stages, name) ? stages[name] : undefined;
  if (known !== undefined) return known;
  const count = noCount();
  // Users name their senders: `__proto__` must become a key like any other.
  const property = { value: count, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(stages, name, property);
  return count;
}

export function addTo(count: StageCount, success: number, errors: number, lastError: string): void {
  count.success += success;
  count.errors += errors;
  if (errors > 0) count.lastError = lastError;
}

export function noCount(): StageCount {
  return { success: 0, errors: 0, lastError: '' };
}
