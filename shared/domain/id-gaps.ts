import { Coverage } from './coverage.ts';
import { byMin, type IdRange, sharedBy, sizeOf } from './id-range.ts';

export interface NumberedRange extends IdRange {
  readonly id: number;
}

export interface IdGap extends IdRange {
  /** The partitions on either side, where those are not completed. */
  readonly previous: number | null;
  readonly next: number | null;
}

export interface IdOverlap extends IdRange {
  readonly partitions: readonly [number, number];
}

export interface GapsFound {
  readonly gaps: readonly IdGap[];
  readonly overlaps: readonly IdOverlap[];
  /** Of the IDs within: which part is in some partition. 1: all. */
  readonly coverage: number;
}

/** What of `within` no partition has, and what more than one has. */
export function findGaps(
  open: readonly NumberedRange[],
  completed: readonly IdRange[],
  within: IdRange,
): GapsFound {
  const covered = new Coverage([...completed, ...open]);
  const gaps = covered.gapsIn(within).map((gap) => ({
    ...gap,
    previous: open.find(({ max }) => max + 1n === gap.min)?.id ?? null,
    next: open.find(({ min }) => min - 1n === gap.max)?.id ?? null,
  }));
  const missing = gaps.reduce((sum, gap) => sum + sizeOf(gap), 0n);
  const total = sizeOf(within);
  return {
    gaps,
    overlaps: overlapsAmong(open, within),
    coverage: total <= 0n ? 1 : Number(((total - missing) * 1_000_000n) / total) / 1_000_000,
  };
}

/** Each range is compared with the one that reaches furthest of those that begin before it. */
function overlapsAmong(ranges: readonly NumberedRange[], within: IdRange): IdOverlap[] {
  const overlaps: IdOverlap[] = [];
  let furthest: NumberedRange | null = null;
  for (const range of ranges.toSorted(byMin)) {
    const both = furthest === null ? null : sharedBy(furthest, range);
    const seen = both === null ? null : sharedBy(both, within);
    if (furthest !== null && seen !== null) {
      overlaps.push({ ...seen, partitions: [furthest.id, range.id] });
    }
    if (furthest === null || range.max > furthest.max) furthest = range;
  }
  return overlaps;
}
