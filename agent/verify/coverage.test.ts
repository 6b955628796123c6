import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coverageFlaws, unionOf } from './coverage.ts';

const at = (start: number, end: number) => ({ source: 's', generation: 0, start, end });
const move = (from: number, to: number) => ({ source: 's', generation: 0, from, to, atMs: 1 });
const until = (offset: number) => [{ source: 's', generation: 0, offset }];

function flaws(given: Partial<Parameters<typeof coverageFlaws>[0]>) {
  return coverageFlaws({ sender: 'a', covered: [], readUntil: [], moves: [], ...given });
}

describe('what a sender has missed or had twice', () => {
  it.each([
    { covered: [at(0, 5), at(5, 9)], readUntil: until(9), why: 'all is there' },
    { covered: [at(4, 9)], readUntil: until(9), why: 'a file may be begun in its middle' },
    { covered: [], readUntil: until(9), why: 'a sender that is new has had nothing yet' },
    { covered: [at(0, 5)], readUntil: [], why: 'a sender that is no more need not go on' },
  ])('is nothing: $why', ({ covered, readUntil }) => {
    expect(flaws({ covered, readUntil })).toEqual([]);
  });

  it.each([
    { covered: [at(0, 5), at(7, 9)], kind: 'missing', start: 5, end: 7 },
    { covered: [at(0, 5), at(3, 9)], kind: 'doubled', start: 3, end: 5 },
    { covered: [at(0, 5)], kind: 'missing', start: 5, end: 9 },
  ])('$kind [$start, $end)', ({ covered, kind, start, end }) => {
    const [flaw] = flaws({ covered, readUntil: until(9) });

    expect(flaw).toEqual({ sender: 'a', kind, ...at(start, end), isByHand: false });
  });

  it.each([
    { covered: [at(0, 5), at(7, 9)], moves: [move(5, 7)], isByHand: true },
    { covered: [at(0, 5), at(7, 9)], moves: [move(5, 6), move(6, 7)], isByHand: true },
    { covered: [at(0, 5), at(7, 9)], moves: [move(5, 6)], isByHand: false },
    { covered: [at(0, 5), at(7, 9)], moves: [move(7, 5)], isByHand: false },
    { covered: [at(0, 9), at(4, 9)], moves: [move(9, 4)], isByHand: true },
    { covered: [at(0, 9), at(4, 9)], moves: [move(9, 6)], isByHand: false },
  ])('is by hand $isByHand after the moves $moves', ({ covered, moves, isByHand }) => {
    expect(flaws({ covered, moves })).toMatchObject([{ isByHand }]);
  });

  it('is found for any ranges as a model that counts each byte finds it', () => {
    const range = fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 10 }));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), (given) => {
        const covered = given.map(([start, length]) => at(start, start + length));
        const times = new Array<number>(50).fill(0);
        for (const { start, end } of covered) {
          for (let byte = start; byte < end; byte += 1) times[byte] = (times[byte] ?? 0) + 1;
        }
        const first = times.findIndex((count) => count > 0);
        const last = times.findLastIndex((count) => count > 0);
        const inside = times.slice(first, last + 1);
        const found = flaws({ covered, readUntil: until(last + 1) });

        const missing = found.filter(({ kind }) => kind === 'missing');
        const gaps = missing.reduce((sum, { start, end }) => sum + end - start, 0);
        expect(gaps).toBe(inside.filter((count) => count === 0).length);
        expect(found.some(({ kind }) => kind === 'doubled')).toBe(inside.some((n) => n > 1));
        const union = unionOf(covered).reduce((sum, { start, end }) => sum + end - start, 0);
        expect(union).toBe(inside.filter((count) => count > 0).length);
      }),
    );
  });
});
