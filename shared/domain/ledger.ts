import { crc32Combine } from '../kernel/crc32.ts';

/**
 * What became of units of a source (lines, or what a reader joins to one) at one sender; each unit
 * is counted once, under exactly one of these.
 */
export interface UnitCounts {
  /** At least one record of it was accepted. */
  readonly delivered: number;
  /** Blank, or a transform kept all its records back. */
  readonly filtered: number;
  /** It did not parse, and nothing of it goes on. */
  readonly parseErrors: number;
  /** The sink refused all its records; they are kept as dead letters. */
  readonly deadLettered: number;
  /**
   * Given up for newer ones, because the sender's buffer was full, or refused by a sink that does not
   * say which ones it refuses.
   */
  readonly dropped: number;
}

export const NO_UNITS: UnitCounts = {
  delivered: 0,
  filtered: 0,
  parseErrors: 0,
  deadLettered: 0,
  dropped: 0,
};

/** The bytes [start, end) of a source in one of its generations, settled at one sender. */
export interface LedgerRange {
  readonly source: string;
  readonly generation: number;
  readonly start: number;
  readonly end: number;
  /** zlib's crc32 of the bytes of the source. */
  readonly crc: number;
  readonly units: UnitCounts;
}

export function addUnits(a: UnitCounts, b: UnitCounts): UnitCounts {
  return {
    delivered: a.delivered + b.delivered,
    filtered: a.filtered + b.filtered,
    parseErrors: a.parseErrors + b.parseErrors,
    deadLettered: a.deadLettered + b.deadLettered,
    dropped: a.dropped + b.dropped,
  };
}

/** How many units are settled. */
export function settledUnits(units: UnitCounts): number {
  const { delivered, filtered, parseErrors, deadLettered, dropped } = units;
  return delivered + filtered + parseErrors + deadLettered + dropped;
}

/** One range out of two; null when `next` does not begin where `range` ends. */
export function extended(range: LedgerRange, next: LedgerRange): LedgerRange | null {
  if (!isSameContent(range, next) || range.end !== next.start) return null;
  return {
    ...range,
    end: next.end,
    crc: crc32Combine(range.crc, next.crc, next.end - next.start),
    units: addUnits(range.units, next.units),
  };
}

/**
 * The same ranges with neighbours joined, in the order of the sources and their bytes. Ranges that
 * overlap stay apart: bytes that were settled twice must show.
 */
export function joinRanges(ranges: readonly LedgerRange[]): LedgerRange[] {
  const joined: LedgerRange[] = [];
  for (const range of ranges.toSorted(inOrder)) {
    const last = joined.at(-1);
    const both = last === undefined ? null : extended(last, range);
    if (both === null) joined.push(range);
    else joined[joined.length - 1] = both;
  }
  return joined;
}

/** A stretch of a source that the ledger knows nothing of, or knows twice. */
export interface Flaw {
  readonly kind: 'missing' | 'doubled';
  readonly source: string;
  readonly generation: number;
  readonly start: number;
  readonly end: number;
}

/** Where the ranges of one sender leave something out between them, or overlap. */
export function flawsOf(ranges: readonly LedgerRange[]): Flaw[] {
  const flaws: Flaw[] = [];
  let last: LedgerRange | null = null;
  for (const range of ranges.toSorted(inOrder)) {
    if (last === null || !isSameContent(last, range)) {
      last = range;
      continue;
    }
    const flaw = flawBetween(last.end, range);
    if (flaw !== null) flaws.push(flaw);
    if (range.end > last.end) last = range;
  }
  return flaws;
}

/** What is wrong where a range follows others that reach to `reached`. */
function flawBetween(
  reached: number,
  { source, generation, start, end }: LedgerRange,
): Flaw | null {
  const at = { source, generation };
  if (start > reached) return { kind: 'missing', ...at, start: reached, end: start };
  if (start < reached) return { kind: 'doubled', ...at, start, end: Math.min(reached, end) };
  return null;
}

function isSameContent(a: LedgerRange, b: LedgerRange): boolean {
  return a.source === b.source && a.generation === b.generation;
}

function inOrder(a: LedgerRange, b: LedgerRange): number {
  if (a.source !== b.source) return a.source < b.source ? -1 : 1;
  return a.generation - b.generation || a.start - b.start || a.end - b.end;
}
