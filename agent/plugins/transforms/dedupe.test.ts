import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { idsFrom } from '../../../test/support/record-ids.ts';
import { changed, opened } from '../../../test/support/transforming.ts';
import { dedupeTransform } from './dedupe.ts';

const T0 = Date.UTC(2026, 0, 1) / 1000;
const at = (second: number, m: string) => ({ t: T0 + second, m });

describe('the transform dedupe', () => {
  it('keeps the first of each window, by the time of the records', () => {
    const dedupe = opened(dedupeTransform, { key: 'm', time_key: 't', window: 60 });
    const records = [at(0, 'a'), at(1, 'b'), at(59, 'a'), at(60, 'a'), at(61, 'a'), at(3, 'a')];

    const { records: kept, errors } = dedupe.apply(records, idsFrom(0, records.length));

    expect(kept).toEqual([at(0, 'a'), at(1, 'b'), at(60, 'a')]);
    expect(kept[0]).toBe(records[0]);
    expect(errors).toBe(0);
  });

  it('keeps the first of each window by the clock where no time is named', () => {
    const clock = new FakeClock(T0 * 1000);
    const dedupe = opened(dedupeTransform, { key: 'm', window: '10' }, { clock });
    const kept = () => dedupe.apply([{ m: 'a' }]).records.length;

    expect([kept(), kept()]).toEqual([1, 0]);
    clock.advance(10_000);
    expect([kept(), kept()]).toEqual([1, 0]);
  });

  it('tells keys apart by all their values, numbers by their digits', () => {
    const dedupe = opened(dedupeTransform, { key: 'a,o.b' });
    const records = [
      { a: 1, o: { b: 'x' }, n: 0 },
      { a: '1', o: { b: 'x' }, n: 1 },
      { a: 1, o: { b: 'y' }, n: 2 },
      { a: 1, o: { b: 'x' }, n: 3 },
      { a: JSON.rawJSON('1.0'), o: { b: 'x' }, n: 4 },
    ];

    expect(dedupe.apply(records).records.map(({ n }) => n)).toEqual([0, 1, 2, 4]);
  });

  it('keeps the same records when a batch is processed again, whatever came between', () => {
    const clock = new FakeClock(T0 * 1000);
    const dedupe = opened(dedupeTransform, { key: 'm', window: 1 }, { clock });
    const first = () => dedupe.apply([{ m: 'a' }, { m: 'a' }, { m: 'b' }], idsFrom(0, 3)).records;

    expect(first()).toEqual([{ m: 'a' }, { m: 'b' }]);
    expect(dedupe.apply([{ m: 'a' }], idsFrom(3, 1)).records).toEqual([]);
    clock.advance(1_000);
    expect(dedupe.apply([{ m: 'a' }], idsFrom(4, 1)).records).toEqual([{ m: 'a' }]);
    expect(first()).toEqual([{ m: 'a' }, { m: 'b' }]);
  });

  it('keeps and drops the same when batches come again in any order, by the time of the records', () => {
    const messages = fc.array(fc.tuple(fc.nat(200), fc.constantFrom('a', 'b', 'c')), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(messages, fc.array(fc.nat(29), { maxLength: 20 }), (all, again) => {
        const dedupe = opened(dedupeTransform, { key: 'm', time_key: 't', window: 60 });
        const isKept = (index: number) => {
          const [second = 0, m = ''] = all[index] ?? [];
          return dedupe.apply([at(second, m)], idsFrom(index, 1)).records.length;
        };
        const once = all.map((_, index) => isKept(index));

        for (const index of again.filter((place) => place < all.length)) {
          expect(isKept(index)).toBe(once[index]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('remembers no more keys than it may: one that was forgotten is kept again', () => {
    const dedupe = opened(dedupeTransform, { key: 'm', keys_max: 2 });
    const kept = (m: string) => dedupe.apply([{ m }]).records.length;

    expect([kept('a'), kept('b'), kept('c'), kept('c'), kept('a')]).toEqual([1, 1, 1, 0, 1]);
  });

  it.each([
    { record: { t: 1 }, problem: 'transform key m not exist in data' },
    { record: { m: 'a' }, problem: 'transform key t not exist in data' },
    { record: { m: 'a', t: null }, problem: 'transform key t is neither text nor a number' },
  ])('keeps and counts $record: $problem', ({ record, problem }) => {
    expect(changed(dedupeTransform, { key: 'm', time_key: 't' }, record)).toEqual({
      record,
      problem,
    });
  });

  it.each([
    { options: {}, why: 'key: is required' },
    { options: { key: 'a', window: 0 }, why: 'window: must be a whole number from 1 to 86400' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => dedupeTransform.configure(options)).toThrow(why);
  });
});
