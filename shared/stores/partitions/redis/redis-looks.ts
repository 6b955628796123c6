import { mergedRanges } from '../../../domain/coverage.ts';
import { type IdRange, sharedBy } from '../../../domain/id-range.ts';
import type { Partition, PartitionCounts } from '../../../domain/partition.ts';
import { listOf, textOf, textsOf } from '../../redis/replies.ts';
import { inSteps } from '../../redis/steps.ts';
import type { PartitionFilter, PartitionLooks } from '../partition-store.ts';
import { boundsOf, idText, spanOf, spanText } from './id-text.ts';
import { COMPLETED_RANGES, GET, IS_COMPLETED, LIST, RECOUNT } from './lua/look-scripts.ts';
import { STATE } from './lua/namespace-scripts.ts';
import type { NamespaceScripts } from './namespace-scripts.ts';
import { partitionsOf, STATUS_LETTERS } from './partition-texts.ts';
import { sortedIds } from './sorted-ids.ts';

/** One script looks at no more rows, or ranges, than this. */
const LOOKED_AT_MAX = 1_000;
const COUNTED = ['p', 'c', 'r', 'completed', 'f', 'd'];

export function redisLooks(scripts: NamespaceScripts): PartitionLooks {
  const get = async (ids: readonly number[]) =>
    partitionsOf(textOf(await scripts.run(GET, ids.map(idText))));
  return {
    partition: async (id) => (await get([id]))[0] ?? null,
    isCompleted: async (id) => (await scripts.run(IS_COMPLETED, [idText(id)])) === '1',
    partitions: async (filter) => {
      const { ids, limit, afterId = 0 } = filter;
      if (ids === undefined) return listed(scripts, filter);
      const asked = sortedIds(ids).filter((id) => id > afterId);
      const found = await inSteps(asked, get);
      return found.filter((each) => isAsked(filter, each)).slice(0, limit);
    },
    counts: async () => countsOf(textsOf(await scripts.run(STATE, COUNTED))),
    completedRanges: (within) => completedRanges(scripts, within),
    recount: async () => {
      const [were, are] = listOf(await scripts.run(RECOUNT, []));
      return { were: countsOf(listOf(were)), are: countsOf(listOf(are)) };
    },
  };
}

/** Page by page, until as many are found as were asked for: each page is as it was at its time. */
async function listed(scripts: NamespaceScripts, filter: PartitionFilter): Promise<Partition[]> {
  const { limit, afterId = 0 } = filter;
  const found: Partition[] = [];
  if (filter.statuses !== undefined && lettersOf(filter) === '') return found;
  for (let after = idText(afterId); after !== '' && found.length < limit; ) {
    const words = wordsOf(filter, after, limit - found.length);
    const [rows = '', next = ''] = textsOf(await scripts.run(LIST, words));
    found.push(...partitionsOf(rows));
    after = next;
  }
  return found;
}

/** As LIST reads them. */
function wordsOf(filter: PartitionFilter, after: string, limit: number): string[] {
  const { workerId } = filter;
  const worker = workerId === undefined ? '' : JSON.stringify(workerId);
  const sizes = [Math.min(limit, LOOKED_AT_MAX), LOOKED_AT_MAX].map(String);
  return [placeOf(filter), after, lettersOf(filter), worker, ...sizes];
}

/** Completed ones are not kept. */
function lettersOf({ statuses = [] }: PartitionFilter): string {
  return statuses.map((each) => (each === 'completed' ? '' : STATUS_LETTERS[each])).join('');
}

/** The smallest index that has all that are asked for. */
function placeOf({ statuses, workerId }: PartitionFilter): string {
  if (workerId !== undefined && workerId !== '') return 'held';
  const isOver = statuses?.every((each) => each === 'failed' || each === 'dead') ?? false;
  return isOver ? 'over' : 'all';
}

function isAsked({ statuses, workerId }: PartitionFilter, partition: Partition): boolean {
  if (statuses !== undefined && !statuses.includes(partition.status)) return false;
  return workerId === undefined || workerId === partition.workerId;
}

/**
 * Page by page. What is completed stays so: a range that has grown between two pages is told in
 * pieces that touch, and joined here.
 */
async function completedRanges(
  scripts: NamespaceScripts,
  within: IdRange,
): Promise<readonly IdRange[]> {
  if (within.max < within.min) return [];
  const [start, end] = boundsOf(spanText(within));
  const found: IdRange[] = [];
  for (let from = start; from < end; ) {
    const words = [from, end, String(LOOKED_AT_MAX)];
    const spans = textsOf(await scripts.run(COMPLETED_RANGES, words));
    for (const span of spans) {
      const shared = sharedBy(spanOf(span), within);
      if (shared !== null) found.push(shared);
    }
    const last = spans.at(-1);
    if (last === undefined || spans.length < LOOKED_AT_MAX) break;
    from = boundsOf(last)[1];
  }
  return mergedRanges(found);
}

function countsOf([pending, claimed, running, completed, failed, dead]: readonly unknown[]) {
  const counts: PartitionCounts = {
    pending: Number(pending),
    claimed: Number(claimed),
    running: Number(running),
    completed: Number(completed),
    failed: Number(failed),
    dead: Number(dead),
  };
  return counts;
}
