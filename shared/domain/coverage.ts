import { byMin, type IdRange, sharedBy } from './id-range.ts';

/**
 * A set of IDs as the fewest ranges that hold just them, in rising order. However many IDs were
 * added, as long as they lie side by side it stays small: a billion that were worked off in order
 * are one range.
 */
export class Coverage {
  /** In rising order; no two of them overlap or touch. */
  #ranges: IdRange[] = [];

  constructor(ranges: Iterable<IdRange> = []) {
    this.#ranges = mergedRanges(ranges);
  }

  get ranges(): readonly IdRange[] {
    return this.#ranges;
  }

  has(id: bigint): boolean {
    const range = this.#ranges[this.#firstEndingAtOrAfter(id)];
    return range !== undefined && range.min <= id;
  }

  /** Whether all of the range is in it. */
  covers({ min, max }: IdRange): boolean {
    const range = this.#ranges[this.#firstEndingAtOrAfter(min)];
    return range !== undefined && range.min <= min && range.max >= max;
  }

  /** Ranges that touch become one. */
  add({ min, max }: IdRange): void {
    const from = this.#firstEndingAtOrAfter(min - 1n);
    let to = from;
    const grown = { min, max };
    for (; to < this.#ranges.length; to += 1) {
      const range = this.#ranges[to];
      if (range === undefined || range.min > max + 1n) break;
      if (range.min < grown.min) grown.min = range.min;
      if (range.max > grown.max) grown.max = range.max;
    }
    this.#ranges.splice(from, to - from, grown);
  }

  /** What of `within` is in it, in rising order. */
  rangesIn(within: IdRange): IdRange[] {
    const inside: IdRange[] = [];
    for (let at = this.#firstEndingAtOrAfter(within.min); at < this.#ranges.length; at += 1) {
      const range = this.#ranges[at];
      const shared = range === undefined ? null : sharedBy(range, within);
      if (shared === null) break;
      inside.push(shared);
    }
    return inside;
  }

  /** What of `within` is not in it, in rising order. */
  gapsIn(within: IdRange): IdRange[] {
    const gaps: IdRange[] = [];
    let next = within.min;
    for (const { min, max } of this.rangesIn(within)) {
      if (min > next) gaps.push({ min: next, max: min - 1n });
      next = max + 1n;
    }
    if (next <= within.max) gaps.push({ min: next, max: within.max });
    return gaps;
  }

  /** The place of the first range whose end is not below `id`. */
  #firstEndingAtOrAfter(id: bigint): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const range = this.#ranges[middle];
      if (range !== undefined && range.max < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The same IDs as the fewest ranges, in rising order. */
export function mergedRanges(ranges: Iterable<IdRange>): IdRange[] {
  const merged: IdRange[] = [];
  for (const range of [...ranges].toSorted(byMin)) {
    const last = merged.at(-1);
    if (last === undefined || range.min > last.max + 1n) merged.push(range);
    else if (range.max > last.max) merged[merged.length - 1] = { min: last.min, max: range.max };
  }
  return merged;
}
