import { describe, expect, it } from 'vitest';
import { changed, changedText } from '../../../test/support/transforming.ts';
import { timestampTransform } from './timestamp.ts';

describe('the transform timestamp', () => {
  it.each([
    { options: {}, value: '2017/03/28 15:41:53 -0000', result: '1490715713' },
    {
      options: { precision: 'milliseconds' },
      value: '2018-04-16T11:40:55.1239Z',
      result: '1523878855123',
    },
    {
      options: { precision: 'microseconds' },
      value: '2018-04-16T11:40:55Z',
      result: '1523878855000000',
    },
    {
      options: { precision: 'nanoseconds' },
      value: '2018-04-16T11:40:55.123456789Z',
      result: '1523878855123456789',
    },
    { options: { precision: 'milliseconds' }, value: '1969-12-31T23:59:59.5Z', result: '-500' },
    { options: { offset: 8 }, value: '2018-04-16 11:40:55', result: '1523907655' },
    { options: { time_layout_before: '2006' }, value: '2018', result: '1514764800' },
    { options: {}, value: 1_523_878_855_123, result: '1523878855' },
  ])('makes $result of $value with $options', ({ options, value, result }) => {
    expect(changedText(timestampTransform, { key: 't', ...options }, { t: value })).toBe(
      `{"t":${result}}`,
    );
  });

  it('may put the number elsewhere', () => {
    const record = { t: '1970-01-01', n: 'old' };

    expect(
      changed(timestampTransform, { key: 't', new: 'n', override: true }, record).record,
    ).toEqual({ t: '1970-01-01', n: 0 });
  });

  it.each([
    { record: {}, problem: 'transform key t not exist in data' },
    { record: { t: '1970-01-01', n: 1 }, problem: 'the key n already exists' },
    {
      record: { t: 'x' },
      problem: 'transform key t is no time in the layout, or in none that is known',
    },
  ])('counts $record: $problem', ({ record, problem }) => {
    expect(changed(timestampTransform, { key: 't', new: 'n' }, record)).toEqual({
      record,
      problem,
    });
  });
});
