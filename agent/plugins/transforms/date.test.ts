import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { changed } from '../../../test/support/transforming.ts';
import { dateTransform } from './date.ts';

const clock = new FakeClock(Date.UTC(2026, 10, 20, 12));

describe('the transform date', () => {
  it.each([
    { value: 1_523_878_855, result: '2018-04-16T11:40:55Z' },
    { value: '1523878855', result: '2018-04-16T11:40:55Z' },
    { value: 1_523_878_855_123, result: '2018-04-16T11:40:55.123Z' },
    { value: '1523878855123456', result: '2018-04-16T11:40:55.123456Z' },
    { value: JSON.rawJSON('1523878855123456789'), result: '2018-04-16T11:40:55.123456789Z' },
    { value: 1_523_878_855.5, result: '2018-04-16T11:40:55.5Z' },
    { value: -1.5, result: '1969-12-31T23:59:58.5Z' },
    { value: 0, result: '1970-01-01T00:00:00Z' },
    { value: '2018-04-16T19:40:55+08:00', result: '2018-04-16T19:40:55+08:00' },
    { value: ' 2018/04/16 19:40:55 ', result: '2018-04-16T19:40:55Z' },
    { value: '2018-04-16 19:40:55,123', result: '2018-04-16T19:40:55.123Z' },
    { value: '20180416194055', result: '2018-04-16T19:40:55Z' },
    { value: 'Nov 21 09:00:00', result: '2026-11-21T09:00:00Z' },
    { value: 'Dec 21 09:00:00', result: '2025-12-21T09:00:00Z' },
  ])('writes $value as $result', ({ value, result }) => {
    expect(changed(dateTransform, { key: 't' }, { t: value }, { clock })).toEqual({
      record: { t: result },
      problem: '',
    });
  });

  it.each([
    {
      options: { time_layout_before: '02/Jan/2006:15:04:05 -0700', offset: -1 },
      value: '16/Apr/2018:19:40:55 +0800',
      result: '2018-04-16T18:40:55+08:00',
    },
    {
      options: { time_layout_after: '2006/01/02', offset: '12' },
      value: '2018-04-16 19:40:55',
      result: '2018/04/17',
    },
    {
      options: { time_layout_before: '06-1-2' },
      value: '18-4-16',
      result: '2018-04-16T00:00:00Z',
    },
  ])('writes $value as $result with $options', ({ options, value, result }) => {
    expect(changed(dateTransform, { key: 't', ...options }, { t: value }).record).toEqual({
      t: result,
    });
  });

  it('knows the layouts of the main configuration', () => {
    const timeLayouts = ['2006|01|02'];

    expect(
      changed(dateTransform, { key: 't' }, { t: '2018|04|16' }, { timeLayouts }).record,
    ).toEqual({ t: '2018-04-16T00:00:00Z' });
  });

  it.each([
    { options: {}, value: 'yesterday', why: 'is no time in the layout, or in none that is known' },
    { options: {}, value: '', why: 'is no time in the layout' },
    { options: {}, value: true, why: 'is no timestamp' },
    { options: {}, value: 1e30, why: 'is no timestamp' },
    { options: {}, value: null, why: 'is neither text nor a number' },
    { options: { time_layout_before: '2006' }, value: '2018-04', why: 'is no time in the layout' },
  ])('counts $value and leaves it alone: $why', ({ options, value, why }) => {
    const { record, problem } = changed(dateTransform, { key: 't', ...options }, { t: value });

    expect(record).toEqual({ t: value });
    expect(problem).toContain(`transform key t ${why}`);
  });

  it.each([
    { options: { offset: 25 }, why: 'offset: must be a whole number from -24 to 24' },
    { options: { time_layout_before: 'x' }, why: 'time_layout_before: time layout "x"' },
    { options: { time_layout_after: 'x' }, why: 'time_layout_after: time layout "x"' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => dateTransform.configure({ key: 't', ...options })).toThrow(why);
  });
});
