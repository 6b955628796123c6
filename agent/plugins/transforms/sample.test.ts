import { describe, expect, it } from 'vitest';
import { idsFrom } from '../../../test/support/record-ids.ts';
import { changed, opened } from '../../../test/support/transforming.ts';
import { sampleTransform } from './sample.ts';

const COUNT = 10_000;
const RECORDS = Array.from({ length: COUNT }, (_, n) => ({ n, trace: `trace ${n % 1_000}` }));

function kept(options: Record<string, unknown>): readonly Record<string, unknown>[] {
  return opened(sampleTransform, options).apply([...RECORDS], idsFrom(0, COUNT)).records;
}

describe('the transform sample', () => {
  it.each([
    { options: { rate: 0.1 }, about: 1_000 },
    { options: { rate: '0.5' }, about: 5_000 },
    { options: { every: 20 }, about: 500 },
    { options: { every: '4' }, about: 2_500 },
    { options: { rate: 0.2, key: 'trace' }, about: 2_000 },
  ])('keeps about $about of 10,000 with $options', ({ options, about }) => {
    // Five standard deviations; which ones are kept is the same in each run.
    const spread = 5 * Math.sqrt(about * (options.key === undefined ? 1 : 10));

    expect(Math.abs(kept(options).length - about)).toBeLessThan(spread);
  });

  it.each([
    { options: { rate: 1 }, count: COUNT },
    { options: { every: 1 }, count: COUNT },
    { options: { rate: 0 }, count: 0 },
  ])('keeps $count with $options', ({ options, count }) => {
    expect(kept(options)).toHaveLength(count);
  });

  it('keeps the same records whenever they are read, in whatever batch', () => {
    const all = kept({ rate: 0.3 });
    const sample = opened(sampleTransform, { rate: 0.3 });
    const again = RECORDS.filter((record, n) => sample.apply([record], idsFrom(n, 1)).records[0]);

    expect(again).toEqual(all);
  });

  it('keeps or drops the records of a key together', () => {
    const counts = new Map<unknown, number>();
    for (const { trace } of kept({ rate: 0.3, key: 'trace' })) {
      counts.set(trace, (counts.get(trace) ?? 0) + 1);
    }

    expect(new Set(counts.values())).toEqual(new Set([10]));
  });

  it('goes by what is in a record where nobody knows its line', () => {
    const sample = opened(sampleTransform, { rate: 0.5 });

    expect(sample.apply([...RECORDS]).records).toEqual(sample.apply([...RECORDS]).records);
  });

  it('keeps and counts a record without its key', () => {
    expect(changed(sampleTransform, { rate: 0, key: 'trace' }, { n: 1 })).toEqual({
      record: { n: 1 },
      problem: 'transform key trace not exist in data',
    });
  });

  it.each([
    { options: {}, why: 'rate: is needed, or every instead of it' },
    { options: { rate: 0.5, every: 2 }, why: 'rate: is needed, or every instead of it' },
    { options: { rate: 1.1 }, why: 'rate: must be a number from 0 to 1' },
    { options: { every: 0 }, why: 'every: must be a number from 1' },
    { options: { rate: '' }, why: 'rate: must be a number from 0 to 1' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => sampleTransform.configure(options)).toThrow(why);
  });
});
