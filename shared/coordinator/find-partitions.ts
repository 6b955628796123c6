import type { Partition } from '../domain/partition.ts';
import { isSought, type PartitionSearch } from '../domain/partition-search.ts';
import type { PartitionFilter, PartitionStore } from '../stores/partitions/partition-store.ts';

const PAGE = 1_000;
/** One search looks at no more partitions than this; it can be gone on with. */
const LOOKED_AT_MAX = 20_000;

export interface PartitionPage {
  readonly afterId: number;
  readonly limit: number;
}

export interface FoundPartitions {
  readonly partitions: readonly Partition[];
  /** Behind which ID to go on; null: there are no more. */
  readonly nextAfterId: number | null;
}

/**
 * Finds partitions, in the order of their IDs. What the store has no index of is looked at page by
 * page, so that there may be more of them though few, or none, were found.
 */
export async function findPartitions(
  store: PartitionStore,
  search: PartitionSearch,
  { afterId, limit }: PartitionPage,
  nowMs: number,
): Promise<FoundPartitions> {
  const partitions: Partition[] = [];
  // What the store finds all by itself needs no more than what is asked for, and one behind it.
  const size = isFoundByStore(search) ? Math.min(PAGE, limit + 1) : PAGE;
  let after = Math.max(afterId, (search.idMin ?? 0) - 1);
  for (let looked = 0; looked < LOOKED_AT_MAX; looked += size) {
    const page = await store.partitions({ ...filterOf(search), afterId: after, limit: size });
    for (const partition of page) {
      if (partitions.length === limit) return { partitions, nextAfterId: after };
      after = partition.id;
      if (isSought(partition, search, nowMs)) partitions.push(partition);
    }
    const isLast = page.length < size || after >= (search.idMax ?? Number.POSITIVE_INFINITY);
    if (isLast) return { partitions, nextAfterId: null };
  }
  return { partitions, nextAfterId: after };
}

function isFoundByStore({ idMax, excludedIds, staleMs }: PartitionSearch): boolean {
  return idMax === undefined && excludedIds === undefined && staleMs === undefined;
}

/** What the store finds by itself. */
function filterOf({ statuses, workerId, ids }: PartitionSearch): Omit<PartitionFilter, 'limit'> {
  return {
    ...(statuses !== undefined && { statuses }),
    ...(workerId !== undefined && { workerId }),
    ...(ids !== undefined && { ids }),
  };
}
