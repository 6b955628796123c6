import { describe, expect, it } from 'vitest';
import { changed, changedText } from '../../../test/support/transforming.ts';
import { concatTransform } from './concat.ts';

describe('the transform concat', () => {
  it.each([
    { options: { key: 'a,b' }, record: { a: 'x', b: 'y' }, c: 'xy' },
    { options: { key: 'a, b', joiner: '-' }, record: { a: 'x', b: 'y' }, c: 'x-y' },
    { options: { key: 'a,b', joiner: '-' }, record: { a: '', b: 'y' }, c: '-y' },
    { options: { key: 'o.a,b' }, record: { o: { a: 'x' }, b: 1.5 }, c: 'x1.5' },
    { options: { key: 'a,a' }, record: { a: true }, c: 'truetrue' },
  ])('makes $c of $record with $options', ({ options, record, c }) => {
    expect(changed(concatTransform, { ...options, new: 'c' }, { ...record })).toEqual({
      record: { ...record, c },
      problem: '',
    });
  });

  it('writes a number with all its digits', () => {
    const record = { a: JSON.rawJSON('1.0'), b: 'x' };

    expect(changedText(concatTransform, { key: 'a,b', new: 'a' }, record)).toBe(
      '{"a":"1.0x","b":"x"}',
    );
  });

  it.each([
    { record: { a: 'x' }, problem: 'transform key b not exist in data' },
    { record: { a: 'x', b: null }, problem: 'transform key b is neither text nor a number' },
    { record: { a: 'x', b: {} }, problem: 'transform key b is neither text nor a number' },
  ])('counts $record: $problem', ({ record, problem }) => {
    expect(changed(concatTransform, { key: 'a,b', new: 'c' }, record)).toEqual({ record, problem });
  });
});
