import type { Partition } from '../../../domain/partition.ts';
import { changed, type PartitionChange } from '../../../domain/partition-change.ts';
import type { PartitionData } from './partition-data.ts';
import type { Stretch } from './stretch.ts';

interface Moment {
  readonly nowMs: number;
  /** Of a new holder's lease; absent: the lease is what it was. */
  readonly leaseUntilMs?: number;
}

/**
 * Lets something happen to a partition that is there; gives it as it is then.
 * @throws AppError `conflict` when that cannot happen to it.
 */
export function changePartition(
  data: PartitionData,
  id: number,
  change: PartitionChange,
  moment: Moment,
): Partition {
  const before = data.alike(id, 1);
  if (before === null) throw new Error(`there is no partition ${id}`);
  return changeAll(data, before, change, moment).first;
}

/** The same of all of a stretch; the token of a claim is that of the first. */
export function changeAll(
  data: PartitionData,
  before: Stretch,
  change: PartitionChange,
  { nowMs, leaseUntilMs = before.leaseUntilMs }: Moment,
): Stretch {
  const first = changed(before.first, change, nowMs);
  const after = { first, count: before.count, leaseUntilMs };
  data.replace(before, after);
  return after;
}
