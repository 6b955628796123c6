import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findGaps } from './id-gaps.ts';

function range(id: number, min: number, max: number) {
  return { id, min: BigInt(min), max: BigInt(max) };
}

const within = { min: 1n, max: 100n };

describe('findGaps', () => {
  it('finds what lies before the first partition, between two, and behind the last', () => {
    const { gaps, coverage } = findGaps([range(1, 11, 20), range(2, 31, 90)], [], within);

    expect(gaps).toEqual([
      { min: 1n, max: 10n, previous: null, next: 1 },
      { min: 21n, max: 30n, previous: 1, next: 2 },
      { min: 91n, max: 100n, previous: 2, next: null },
    ]);
    expect(coverage).toBe(0.7);
  });

  it('finds none where partitions are completed', () => {
    const completed = [{ min: 1n, max: 50n }];

    expect(findGaps([range(9, 51, 100)], completed, within)).toEqual({
      ...{ gaps: [], overlaps: [], coverage: 1 },
    });
  });

  it('finds none behind a range that another contains', () => {
    const { gaps, overlaps } = findGaps([range(1, 1, 100), range(2, 5, 10)], [], within);

    expect(gaps).toEqual([]);
    expect(overlaps).toEqual([{ min: 5n, max: 10n, partitions: [1, 2] }]);
  });

  it('finds a single missing ID', () => {
    const { gaps } = findGaps([range(1, 1, 49), range(2, 51, 100)], [], within);

    expect(gaps).toEqual([{ min: 50n, max: 50n, previous: 1, next: 2 }]);
  });

  it('finds just the IDs that no range has', () => {
    const ranges = fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.nat(20)));
    fc.assert(
      fc.property(ranges, (drawn) => {
        const open = drawn.map(([min, more], id) => range(id, min, Math.min(100, min + more)));
        const { gaps, coverage } = findGaps(open, [], within);
        const has = (id: bigint) => open.some(({ min, max }) => min <= id && id <= max);
        const inGap = (id: bigint) => gaps.some(({ min, max }) => min <= id && id <= max);
        let missing = 0;
        for (let id = within.min; id <= within.max; id += 1n) {
          expect(inGap(id)).toBe(!has(id));
          if (!has(id)) missing += 1;
        }

        expect(coverage).toBeCloseTo(1 - missing / 100, 6);
      }),
    );
  });
});
