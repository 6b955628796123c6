import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage, mergedRanges } from './coverage.ts';
import type { IdRange } from './id-range.ts';

const LAST = 60;
const whole: IdRange = { min: 0n, max: BigInt(LAST) };

const range = fc
  .tuple(fc.nat(LAST), fc.nat(8))
  .map(([min, more]): IdRange => ({ min: BigInt(min), max: BigInt(Math.min(LAST, min + more)) }));

/** The same, as the plainest of all sets. */
function idsOf(ranges: readonly IdRange[]): Set<bigint> {
  const ids = new Set<bigint>();
  for (const { min, max } of ranges) for (let id = min; id <= max; id += 1n) ids.add(id);
  return ids;
}

describe('Coverage', () => {
  it('holds just the IDs that were added, in as few ranges as there can be', () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const coverage = new Coverage();
        for (const each of ranges) coverage.add(each);

        expect(idsOf(coverage.ranges)).toEqual(idsOf(ranges));
        expect(coverage.ranges).toEqual(mergedRanges(ranges));
        for (const [index, { min }] of coverage.ranges.entries()) {
          const before = coverage.ranges[index - 1];
          if (before !== undefined) expect(min > before.max + 1n).toBe(true);
        }
      }),
    );
  });

  it('tells what of a range is in it, and what is not', () => {
    fc.assert(
      fc.property(fc.array(range), range, (ranges, within) => {
        const coverage = new Coverage(ranges);
        const inside = coverage.rangesIn(within);
        const outside = coverage.gapsIn(within);
        const ids = idsOf(ranges);

        expect(idsOf([...inside, ...outside])).toEqual(idsOf([within]));
        expect([...idsOf(inside)].every((id) => ids.has(id))).toBe(true);
        expect([...idsOf(outside)].some((id) => ids.has(id))).toBe(false);
        expect(coverage.covers(within)).toBe(outside.length === 0);
      }),
    );
  });

  it('tells of each ID whether it is in it', () => {
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const coverage = new Coverage(ranges);
        const ids = idsOf(ranges);
        for (const id of idsOf([whole])) expect(coverage.has(id)).toBe(ids.has(id));
      }),
    );
  });

  it('is one range after many partitions that were completed almost in order', () => {
    const coverage = new Coverage();
    for (let at = 0n; at < 100_000n; at += 2n) {
      coverage.add({ min: (at + 1n) * 10n, max: (at + 1n) * 10n + 9n });
      coverage.add({ min: at * 10n, max: at * 10n + 9n });
    }

    expect(coverage.ranges).toEqual([{ min: 0n, max: 999_999n }]);
  });
});
