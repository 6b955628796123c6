import type { IdRange } from '../domain/id-range.ts';
import { AppError } from '../kernel/errors.ts';
import type { NewPartition } from '../stores/partitions/partition-store.ts';

/**
 * One plan makes no more partitions than this, and the next one goes on behind it: it is one step
 * of the store, for which everybody else waits, and etcd takes no larger ones.
 */
export const PARTITIONS_A_PLAN_MAX = 1_000;

/**
 * The IDs [min, max] in pieces of `size`; the last one may be smaller.
 * @throws AppError `invalid` for a size that is none, or too many pieces.
 */
export function cutRange(min: bigint, max: bigint, size: bigint): NewPartition[] {
  if (size < 1n) throw new AppError('invalid', `a partition of ${size} IDs is none: at least 1`);
  if (max < min) return [];
  if ((max - min) / size >= BigInt(PARTITIONS_A_PLAN_MAX)) {
    throw new AppError('invalid', `${min} to ${max} by ${size} are too many partitions at once`);
  }
  const pieces: NewPartition[] = [];
  for (let start = min; start <= max; start += size) {
    const end = start + size - 1n;
    pieces.push({ min: start, max: end < max ? end : max, options: {}, priority: 0 });
  }
  return pieces;
}

/** The same of several ranges, as many whole pieces as one plan takes, from the first on. */
export function cutFirst(ranges: readonly IdRange[], size: bigint): NewPartition[] {
  const pieces: NewPartition[] = [];
  for (const { min, max } of ranges) {
    const room = BigInt(PARTITIONS_A_PLAN_MAX - pieces.length);
    const end = min + size * room - 1n;
    pieces.push(...cutRange(min, end < max ? end : max, size));
  }
  return pieces;
}
