import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { idsFrom } from '../../../test/support/record-ids.ts';
import { changed, opened } from '../../../test/support/transforming.ts';
import { throttleTransform } from './throttle.ts';

const T0 = Date.UTC(2026, 0, 1) / 1000;

describe('the transform throttle', () => {
  it('keeps so many records a second, of each key', () => {
    const throttle = opened(throttleTransform, { rate: 2, key: 'h', time_key: 't' });
    const records = ['aaab', 'ab', 'ba'].flatMap((hosts, second) =>
      Array.from(hosts, (h, n) => ({ t: T0 + second, h, n })),
    );

    const { records: kept } = throttle.apply(records, idsFrom(0, records.length));

    expect(kept.map(({ h, n }) => `${String(h)}${String(n)}`)).toEqual([
      ...['a0', 'a1', 'b3'],
      ...['a0', 'b1'],
      ...['b0', 'a1'],
    ]);
  });

  it('counts all together by the clock where neither key nor time is named', () => {
    const clock = new FakeClock(T0 * 1000);
    const throttle = opened(throttleTransform, { rate: '3' }, { clock });
    const kept = () => throttle.apply([{ a: 1 }, { a: 2 }]).records.length;

    expect([kept(), kept(), kept()]).toEqual([2, 1, 0]);
    clock.advance(1_000);
    expect(kept()).toBe(2);
  });

  it('keeps the same records when a batch is processed again', () => {
    const clock = new FakeClock(T0 * 1000);
    const throttle = opened(throttleTransform, { rate: 2 }, { clock });
    const once = (first: number) =>
      throttle.apply([{ a: 1 }, { a: 2 }, { a: 3 }], idsFrom(first, 3)).records;

    expect(once(0)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(once(0)).toEqual([{ a: 1 }, { a: 2 }]);
    clock.advance(1_000);
    expect(once(3)).toEqual([{ a: 1 }, { a: 2 }]);
    expect(once(0)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it.each([
    { record: { t: 1 }, problem: 'transform key h not exist in data' },
    { record: { h: 1, t: 'x' }, problem: 'transform key t is no time in the layout' },
  ])('keeps and counts $record: $problem', ({ record, problem }) => {
    const result = changed(throttleTransform, { key: 'h', time_key: 't' }, record);

    expect(result.record).toEqual(record);
    expect(result.problem).toContain(problem);
  });

  it.each([{ rate: 0 }, { rate: 'x' }, { keys_max: 0 }])('refuses %j', (options) => {
    expect(() => throttleTransform.configure(options)).toThrow('must be a whole number from 1');
  });
});
