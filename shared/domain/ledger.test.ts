import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addUnits,
  extended,
  flawsOf,
  joinRanges,
  type LedgerRange,
  NO_UNITS,
  settledUnits,
  type UnitCounts,
} from './ledger.ts';

const BYTES = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 37) % 256));

function range(start: number, end: number, given: Partial<LedgerRange> = {}): LedgerRange {
  const crc = crc32(BYTES.subarray(start, end));
  return { source: 's', generation: 0, start, end, crc, units: NO_UNITS, ...given };
}

const Counts: fc.Arbitrary<UnitCounts> = fc.record({
  delivered: fc.nat(1000),
  filtered: fc.nat(1000),
  parseErrors: fc.nat(1000),
  deadLettered: fc.nat(1000),
  dropped: fc.nat(1000),
});

/** Neighbouring ranges that cover [0, end of the last cut). */
const Cuts = fc
  .uniqueArray(fc.integer({ min: 1, max: BYTES.length }), { minLength: 1, maxLength: 12 })
  .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b)]);

describe('the ledger', () => {
  it('joins what is settled to one range, whatever the order and the batches', () => {
    const Shuffled = fc
      .tuple(Cuts, fc.array(Counts, { minLength: 12, maxLength: 12 }))
      .chain(([cuts, units]) => {
        const pieces = cuts.slice(1).map((end, i) => {
          return range(cuts[i] ?? 0, end, { units: units[i] ?? NO_UNITS });
        });
        return fc.shuffledSubarray(pieces, { minLength: pieces.length });
      });
    fc.assert(
      fc.property(Shuffled, (pieces) => {
        const [one, ...others] = joinRanges(pieces);

        const sum = pieces.reduce((total, { units }) => addUnits(total, units), NO_UNITS);
        const end = Math.max(...pieces.map((piece) => piece.end));
        expect(others).toEqual([]);
        expect(one).toEqual(range(0, end, { units: sum }));
        expect(settledUnits(sum)).toBe(
          pieces.reduce((total, { units }) => total + settledUnits(units), 0),
        );
      }),
    );
  });

  it('tells exactly the bytes that are missing or doubled', () => {
    const Piece = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 20 }));
    fc.assert(
      fc.property(fc.array(Piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const ranges = pieces.map(([start, length]) => range(start, start + length));
        const times = new Map<number, number>();
        for (const { start, end } of ranges) {
          for (let at = start; at < end; at += 1) times.set(at, (times.get(at) ?? 0) + 1);
        }
        const first = Math.min(...times.keys());
        const last = Math.max(...times.keys());
        const flaws = flawsOf(ranges);
        const has = (kind: string, at: number) =>
          flaws.some((flaw) => flaw.kind === kind && flaw.start <= at && at < flaw.end);

        for (let at = first; at <= last; at += 1) {
          expect(has('missing', at)).toBe(!times.has(at));
          expect(has('doubled', at)).toBe((times.get(at) ?? 0) > 1);
        }
      }),
    );
  });

  it.each([
    { other: range(5, 9, { source: 'other' }), why: 'another source' },
    { other: range(5, 9, { generation: 1 }), why: 'another generation' },
    { other: range(6, 9), why: 'a gap between them' },
    { other: range(4, 9), why: 'an overlap' },
  ])('does not join $why', ({ other }) => {
    expect(extended(range(0, 5), other)).toBeNull();
    expect(joinRanges([range(0, 5), other])).toHaveLength(2);
  });
});
