import { sizeOf } from '../../../domain/id-range.ts';
import type { Partition } from '../../../domain/partition.ts';

export interface PartitionRow {
  readonly partition: Partition;
  /** By the store's monotonic clock; of no meaning when nobody holds it. */
  readonly leaseUntilMs: number;
}

/**
 * Partitions with IDs side by side that are alike: their ranges lie side by side, too, and are of
 * one size, and their tokens count on from one to the next, where they were ever claimed. What
 * happens to all of them happens to the first one, and is told of it.
 */
export interface Stretch {
  readonly first: Partition;
  readonly count: number;
  /** As of a `PartitionRow`. */
  readonly leaseUntilMs: number;
}

export function stretchOfOne({ partition, leaseUntilMs }: PartitionRow): Stretch {
  return { first: partition, count: 1, leaseUntilMs };
}

export function lastIdOf({ first, count }: Stretch): number {
  return first.id + count - 1;
}

/** The last number of all its ranges. */
export function endOf({ first, count }: Stretch): bigint {
  return first.max + BigInt(count - 1) * sizeOf(first);
}

/** A part of it: so many from this ID on, or as many as there are. */
export function partOf(stretch: Stretch, id: number, most: number): Stretch {
  const { first, leaseUntilMs } = stretch;
  if (id === first.id && most >= stretch.count) return stretch;
  const count = Math.min(most, lastIdOf(stretch) - id + 1);
  return { first: nthFrom(first, id - first.id), count, leaseUntilMs };
}

/** Each by itself. */
export function partitionsOf({ first, count }: Pick<Stretch, 'first' | 'count'>): Partition[] {
  const partitions = [first];
  const size = sizeOf(first);
  let { id, min, max, token } = first;
  while (partitions.length < count) {
    id += 1;
    min += size;
    max += size;
    if (token > 0) token += 1;
    partitions.push({ ...first, id, min, max, token });
  }
  return partitions;
}

export function idsOf({ first, count }: Stretch): number[] {
  return Array.from({ length: count }, (_, nth) => first.id + nth);
}

/** Both as one; null: they are none. */
export function joined(before: Stretch, next: Stretch): Stretch | null {
  const isNext = before.leaseUntilMs === next.leaseUntilMs && doesFollow(before, next.first);
  return isNext ? { ...before, count: before.count + next.count } : null;
}

/** As few as there can be, of partitions that nobody holds. */
export function stretchesOf(partitions: readonly Partition[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const first of partitions) {
    const next = { first, count: 1, leaseUntilMs: 0 };
    const before = stretches.at(-1);
    const both = before === undefined ? null : joined(before, next);
    if (both === null) stretches.push(next);
    else stretches[stretches.length - 1] = both;
  }
  return stretches;
}

/** Whether both are the same but for what counts on within a stretch. */
export function areAlike(a: Partition, b: Partition): boolean {
  return (
    sizeOf(a) === sizeOf(b) &&
    areInOneState(a, b) &&
    haveOneHistory(a, b) &&
    a.priority === b.priority &&
    isSameJson(a.options, b.options) &&
    isSameJson(a.checkpoint, b.checkpoint)
  );
}

function doesFollow({ first, count }: Stretch, next: Partition): boolean {
  if (next.id !== first.id + count || !areAlike(first, next)) return false;
  const token = first.token === 0 ? 0 : first.token + count;
  return next.token === token && next.min === first.min + BigInt(count) * sizeOf(first);
}

function nthFrom(first: Partition, nth: number): Partition {
  if (nth === 0) return first;
  const by = BigInt(nth) * sizeOf(first);
  const token = first.token === 0 ? 0 : first.token + nth;
  return { ...first, id: first.id + nth, min: first.min + by, max: first.max + by, token };
}

function areInOneState(a: Partition, b: Partition): boolean {
  return (
    a.status === b.status &&
    a.workerId === b.workerId &&
    a.version === b.version &&
    a.lastHeartbeatMs === b.lastHeartbeatMs &&
    a.updatedAtMs === b.updatedAtMs
  );
}

function haveOneHistory(a: Partition, b: Partition): boolean {
  return (
    a.attempts === b.attempts &&
    a.nextRunAtMs === b.nextRunAtMs &&
    a.items === b.items &&
    a.createdAtMs === b.createdAtMs &&
    a.error === b.error
  );
}

function isSameJson(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
