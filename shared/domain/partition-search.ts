import type { Partition, PartitionStatus } from './partition.ts';

/** What is asked of partitions beside what a store has an index of; all that is given must hold. */
export interface PartitionSearch {
  readonly statuses?: readonly PartitionStatus[] | undefined;
  readonly workerId?: string | undefined;
  readonly ids?: readonly number[] | undefined;
  /** Of partitions, both inclusive. */
  readonly idMin?: number | undefined;
  readonly idMax?: number | undefined;
  readonly excludedIds?: readonly number[] | undefined;
  /** Nothing was heard of it for longer than this. */
  readonly staleMs?: number | undefined;
  /** Whose partitions are not asked for as stale ones. */
  readonly excludedWorkerId?: string | undefined;
}

/**
 * Whether it is one of them. `nowMs` is the clock of whoever asks: what is stale by it is for people
 * to look at, and decides nothing.
 */
export function isSought(partition: Partition, search: PartitionSearch, nowMs: number): boolean {
  const { statuses, workerId } = search;
  if (statuses?.includes(partition.status) === false) return false;
  if (workerId !== undefined && workerId !== partition.workerId) return false;
  return isOfThose(partition.id, search) && isStaleEnough(partition, search, nowMs);
}

function isOfThose(id: number, { ids, excludedIds, idMin, idMax }: PartitionSearch): boolean {
  if (idMin !== undefined && id < idMin) return false;
  if (idMax !== undefined && id > idMax) return false;
  return ids?.includes(id) !== false && excludedIds?.includes(id) !== true;
}

function isStaleEnough(
  { workerId, updatedAtMs, lastHeartbeatMs }: Partition,
  { staleMs, excludedWorkerId }: PartitionSearch,
  nowMs: number,
): boolean {
  if (staleMs === undefined) return true;
  if (nowMs - Math.max(updatedAtMs, lastHeartbeatMs) <= staleMs) return false;
  return excludedWorkerId === undefined || excludedWorkerId !== workerId;
}
