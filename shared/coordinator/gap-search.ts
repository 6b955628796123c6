import { findGaps, type IdGap, type IdOverlap, type NumberedRange } from '../domain/id-gaps.ts';
import type { IdRange } from '../domain/id-range.ts';
import type { Clock } from '../kernel/clock.ts';
import type { NewPartition, PartitionStore } from '../stores/partitions/partition-store.ts';
import type { CoordinatorOptions } from './coordinator-options.ts';
import { cutFirst, PARTITIONS_A_PLAN_MAX } from './cut-range.ts';
import { type PiecePlanner, type Planner, plansPieces } from './processor.ts';

const PAGE = 1_000;
/** More gaps than this are not told by name. */
const GAPS_MAX = 1_000;

/**
 * `full`: all that was planned. `incremental`: what was planned since the last report. `discrete`:
 * all, but only gaps in which the planner says that there are data are filled.
 */
export type GapMode = CoordinatorOptions['gap_mode'];

/** Which of the gaps to fill; what it leaves out is only told. */
export type GapStrategy = (
  gaps: readonly IdGap[],
  signal: AbortSignal,
) => Promise<readonly IdGap[]>;

export interface GapReport {
  readonly mode: GapMode | 'custom';
  readonly scanned: IdRange;
  readonly partitionsChecked: number;
  readonly gaps: readonly (IdGap & { readonly action: 'filled' | 'left' })[];
  readonly overlaps: readonly IdOverlap[];
  readonly coverage: number;
  /** There is more to fill than one plan takes: the next search finds the rest. */
  readonly isMore: boolean;
  readonly createdPartitions: readonly number[];
  /** Epoch ms. */
  readonly detectedAtMs: number;
  readonly durationMs: number;
}

export interface GapSearch {
  /** Of the leader's turn; null: gaps are told, and none is filled. */
  readonly epoch: number | null;
  readonly within: IdRange;
  readonly mode: GapMode;
  /** Instead of the mode. */
  readonly strategy?: GapStrategy;
}

interface SearchDeps {
  readonly store: PartitionStore;
  readonly planner: Planner | PiecePlanner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Looks for IDs that are in no partition, completed or not, and makes partitions of them, once. */
export async function searchGaps(
  { epoch, within, mode, strategy }: GapSearch,
  { store, planner, clock, signal }: SearchDeps,
): Promise<GapReport> {
  const startMs = clock.monotonicMs();
  const open = await openRanges(store);
  const found = findGaps(open, await store.completedRanges(within), within);
  const { chosen, partitions } = await fillingOf(found.gaps, { planner, signal, mode, strategy });
  const isToFill = epoch !== null && partitions.length > 0;
  const cutTo = partitions.at(-1)?.max ?? -1n;
  const isCut = chosen.every(({ max }) => max <= cutTo);
  const createdPartitions = isToFill ? await store.fill({ epoch, partitions }) : [];
  return {
    mode: strategy === undefined ? mode : 'custom',
    scanned: within,
    partitionsChecked: open.length,
    gaps: found.gaps.slice(0, GAPS_MAX).map((gap) => ({
      ...gap,
      action: isToFill && chosen.includes(gap) && gap.max <= cutTo ? 'filled' : 'left',
    })),
    ...{ overlaps: found.overlaps, coverage: found.coverage, createdPartitions },
    isMore: !isCut,
    detectedAtMs: clock.now(),
    durationMs: clock.monotonicMs() - startMs,
  };
}

interface FillingDeps {
  readonly planner: Planner | PiecePlanner;
  readonly mode: GapMode;
  readonly strategy: GapStrategy | undefined;
  readonly signal: AbortSignal;
}

/** What a piece was made of is gone with its partition, so such gaps are only told. */
async function fillingOf(
  gaps: readonly IdGap[],
  { planner, mode, strategy, signal }: FillingDeps,
): Promise<{ readonly chosen: readonly IdGap[]; readonly partitions: readonly NewPartition[] }> {
  if (plansPieces(planner)) return { chosen: [], partitions: [] };
  const choose = strategy ?? strategyOf(mode, planner);
  const chosen = (await choose(gaps, signal)).toSorted((a, b) => (a.min < b.min ? -1 : 1));
  const size = await planner.partitionSize(signal);
  return { chosen, partitions: cutFirst(chosen, size) };
}

function strategyOf(mode: GapMode, planner: Planner): GapStrategy {
  if (mode !== 'discrete') return async (gaps) => gaps;
  return async (gaps, signal) => {
    const withData: IdGap[] = [];
    for (const gap of gaps) {
      if (await planner.hasData?.(gap.min, gap.max, signal)) withData.push(gap);
      // One more than a plan takes shows that there are more.
      if (withData.length > PARTITIONS_A_PLAN_MAX) break;
    }
    return withData;
  };
}

async function openRanges(store: PartitionStore): Promise<NumberedRange[]> {
  const ranges: NumberedRange[] = [];
  for (let afterId = 0; ; ) {
    const page = await store.partitions({ afterId, limit: PAGE });
    ranges.push(...page.map(({ id, min, max }) => ({ id, min, max })));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return ranges;
    afterId = last.id;
  }
}
