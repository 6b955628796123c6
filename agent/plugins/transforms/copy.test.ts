import { describe, expect, it } from 'vitest';
import { changed, opened } from '../../../test/support/transforming.ts';
import { copyTransform } from './copy.ts';

describe('the transform copy', () => {
  it.each([
    { options: { key: 'a', new: 'b' }, record: { a: 1 }, copied: { a: 1, b: 1 } },
    { options: { key: 'a', new: 'b.c' }, record: { a: null }, copied: { a: null, b: { c: null } } },
    {
      options: { key: 'a.x', new: 'b' },
      record: { a: { x: [] } },
      copied: { a: { x: [] }, b: [] },
    },
    {
      options: { key: 'a', new: 'b', override: 'true' },
      record: { a: 1, b: 2 },
      copied: { a: 1, b: 1 },
    },
    {
      options: { key: 'a', new: 'a.b' },
      record: { a: { x: 1 } },
      copied: { a: { x: 1, b: { x: 1 } } },
    },
  ])('makes $copied of $record with $options', ({ options, record, copied }) => {
    expect(changed(copyTransform, options, record)).toEqual({ record: copied, problem: '' });
  });

  it('makes a copy that is none of the original', () => {
    const list = [{ x: 1 }];
    const { records } = opened(copyTransform, { key: 'a', new: 'b' }).apply([{ a: list }]);
    list.push({ x: 2 });

    expect(records).toEqual([{ a: [{ x: 1 }, { x: 2 }], b: [{ x: 1 }] }]);
  });

  it('keeps the digits of numbers', () => {
    const record = { a: { n: JSON.rawJSON('12345678901234567890') } };

    expect(JSON.stringify(changed(copyTransform, { key: 'a', new: 'b' }, record).record)).toBe(
      '{"a":{"n":12345678901234567890},"b":{"n":12345678901234567890}}',
    );
  });

  it.each([
    { record: {}, problem: 'transform key a not exist in data' },
    { record: { a: 1, b: null }, problem: 'the key b already exists' },
  ])('counts $record: $problem', ({ record, problem }) => {
    expect(changed(copyTransform, { key: 'a', new: 'b' }, record)).toEqual({ record, problem });
  });
});
