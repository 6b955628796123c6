import { describe, expect, it } from 'vitest';
import { changed, changedLine, changedText } from '../../../test/support/transforming.ts';
import { substringTransform } from './substring.ts';

describe('the transform substring', () => {
  it.each([
    { options: { start: 0, end: 3 }, value: 'abcdef', result: 'abc' },
    { options: { start: '2', end: '4' }, value: 'abcdef', result: 'cd' },
    { options: {}, value: 'abc', result: 'a' },
    { options: { start: 2, end: 100 }, value: 'abc', result: 'c' },
    { options: { start: 5, end: 6 }, value: 'abc', result: '' },
    { options: { start: 1, end: 3 }, value: '😀é字x', result: 'é字' },
    { options: { start: 0, end: 1 }, value: '😀😀', result: '😀' },
  ])('takes $result of $value with $options', ({ options, value, result }) => {
    expect(changed(substringTransform, { key: 'a', ...options }, { a: value })).toEqual({
      record: { a: result },
      problem: '',
    });
    expect(changedLine(substringTransform, { key: 'a', ...options }, value)).toBe(result);
  });

  it('may put the part elsewhere', () => {
    const options = { key: 'a', new: 'b.c', end: 2 };

    expect(changed(substringTransform, options, { a: 'xyz' }).record).toEqual({
      a: 'xyz',
      b: { c: 'xy' },
    });
  });

  it('takes the digits that a number is written with', () => {
    const record = { a: JSON.rawJSON('12345678901234567890') };

    expect(changedText(substringTransform, { key: 'a', start: 15, end: 20 }, record)).toBe(
      '{"a":"67890"}',
    );
  });

  it.each([
    { record: {}, problem: 'transform key a not exist in data' },
    { record: { a: [] }, problem: 'transform key a is neither text nor a number' },
    {
      record: { a: 'x', b: 1 },
      problem: 'transform key b.c cannot be set: a part of it is no object',
    },
  ])('counts $record: $problem', ({ record, problem }) => {
    const options = { key: 'a', new: 'b.c' };

    expect(changed(substringTransform, options, record)).toEqual({ record, problem });
  });

  it.each([
    { options: { start: 2, end: 2 }, why: 'end: must be greater than start' },
    { options: { start: -1 }, why: 'start: must be a whole number from 0 to 1000000' },
    { options: { end: 'x' }, why: 'end: must be a whole number' },
    { options: { end: 1.5 }, why: 'end: must be a whole number' },
  ])('refuses $options: $why', ({ options, why }) => {
    expect(() => substringTransform.configure({ key: 'a', ...options })).toThrow(why);
  });
});
