import type { Partition } from '../../../domain/partition.ts';
import { changed, type PartitionChange } from '../../../domain/partition-change.ts';
import type { PartitionData } from './partition-data.ts';

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
  { nowMs, leaseUntilMs }: Moment,
): Partition {
  const before = data.get(id);
  if (before === null) throw new Error(`there is no partition ${id}`);
  const partition = changed(before.partition, change, nowMs);
  data.replace(before.partition, {
    partition,
    leaseUntilMs: leaseUntilMs ?? before.leaseUntilMs,
  });
  return partition;
}
