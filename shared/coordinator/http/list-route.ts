import { z } from 'zod';
import { goDurationMs } from '../../domain/go-duration.ts';
import { ID_MAX, ID_MIN } from '../../domain/id-range.ts';
import { PARTITION_STATUSES } from '../../domain/partition.ts';
import type { PartitionSearch } from '../../domain/partition-search.ts';
import type { Call, Route } from '../../http/route.ts';
import type { PartitionStore } from '../../stores/partitions/partition-store.ts';
import type { FindWork } from './find-work.ts';
import { jsonRoute } from './json-route.ts';
import { parsed } from './parsed.ts';
import { partitionOnWire } from './partition-wire.ts';

const PAGE_MAX = 1_000;
const PAGE_DEFAULT = 100;
const RANGES_MAX = 1_000;
const IDS_MAX = 1_000;

const Listed = z.string().transform((text) => text.split(',').map((each) => each.trim()));
const Ids = Listed.pipe(z.array(z.coerce.number<string>().int().positive()).max(IDS_MAX));
const Id = z.coerce.number().int().min(0);
const Flag = z
  .enum(['true', 'false', '1', '0'])
  .transform((text) => text === 'true' || text === '1');
const Duration = z.string().transform((text, context) => {
  const ms = goDurationMs(text);
  if (ms !== null) return ms;
  context.addIssue(`${text} is no duration: write 90s, or 5m`);
  return z.NEVER;
});

const Query = z.object({
  status: Listed.pipe(z.array(z.enum(PARTITION_STATUSES))).optional(),
  worker_id: z.string().optional(),
  partition_ids: Ids.optional(),
  exclude_partition_ids: Ids.optional(),
  min_id: Id.optional(),
  max_id: Id.optional(),
  stale_duration: Duration.optional(),
  exclude_worker_id_on_stale: z.string().optional(),
  include_archived: Flag.default(false),
  after_id: Id.default(0),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});
type Query = z.output<typeof Query>;

/** Each under the names of the original's code, and those of its documents. */
const NAMES: Readonly<Record<keyof Query, readonly string[]>> = {
  status: ['status', 'Status', 'target_statuses', 'TargetStatuses'],
  worker_id: ['worker_id', 'node_id', 'NodeID'],
  partition_ids: ['partition_ids'],
  exclude_partition_ids: ['exclude_partition_ids', 'ExcludePartitionIDs'],
  min_id: ['min_id', 'MinID'],
  max_id: ['max_id', 'MaxID'],
  stale_duration: ['stale_duration', 'StaleDuration'],
  exclude_worker_id_on_stale: ['exclude_worker_id_on_stale', 'ExcludeWorkerIDOnStale'],
  include_archived: ['include_archived', 'IncludeArchived'],
  after_id: ['after_id'],
  limit: ['limit', 'Limit'],
};

/** `GET /api/v1/partitions`: page by page, by all filters that the original has. */
export function listRoute(find: FindWork): Route {
  return jsonRoute('GET', '/api/v1/partitions', async (call) => {
    const query = parsed(Query, givenIn(call));
    const administration = find(call);
    const page = { afterId: query.after_id, limit: query.limit };
    const { partitions, nextAfterId } = await administration.find(searchOf(query), page);
    return {
      partitions: partitions.map(partitionOnWire),
      next_after_id: nextAfterId,
      ...(query.include_archived && (await archivedIn(administration.store))),
    };
  });
}

/** Of completed partitions nothing but this is kept: which IDs of the work they had. */
async function archivedIn(store: PartitionStore) {
  const ranges = await store.completedRanges({ min: ID_MIN, max: ID_MAX });
  const told = ranges.slice(0, RANGES_MAX);
  return {
    archived_total: (await store.counts()).completed,
    archived_ranges: told.map(({ min, max }) => ({ min_id: String(min), max_id: String(max) })),
    archived_ranges_left_out: ranges.length - told.length,
  };
}

function searchOf(query: Query): PartitionSearch {
  return {
    statuses: query.status,
    workerId: query.worker_id,
    ids: query.partition_ids,
    idMin: query.min_id,
    idMax: query.max_id,
    excludedIds: query.exclude_partition_ids,
    staleMs: query.stale_duration,
    excludedWorkerId: query.exclude_worker_id_on_stale,
  };
}

/** Of each parameter the first of its names that is there. */
function givenIn(call: Call): Record<string, string | undefined> {
  const found = Object.entries(NAMES).map(([key, names]) => {
    const value = names.map((name) => call.query(name)).find((each) => each !== '');
    return [key, value] as const;
  });
  return Object.fromEntries(found);
}
