import { describe, expect, it } from 'vitest';
import { changed, changedText } from '../../../test/support/transforming.ts';
import { keyvalueTransform } from './keyvalue.ts';

describe('the transform keyvalue', () => {
  it.each([
    { options: {}, text: 'b=1 c="x y"', fields: { b: 1, c: 'x y' } },
    { options: { keep_string: true }, text: 'b=1 c=true', fields: { b: '1', c: 'true' } },
    { options: {}, text: 'b=some words c=true', fields: { b: 'some words', c: true } },
    { options: { splitter: ':' }, text: 'b:1 c:2', fields: { b: 1, c: 2 } },
    { options: { splitter: '' }, text: 'b=1', fields: { b: 1 } },
    { options: {}, text: 'b="a \\"q\\" z" c=', fields: { b: 'a "q" z', c: '' } },
    { options: {}, text: 'a=2', fields: { a: 2 } },
  ])('makes $fields of $text with $options', ({ options, text, fields }) => {
    expect(changed(keyvalueTransform, { key: 'a', ...options }, { a: text, x: 1 })).toEqual({
      record: { a: text, x: 1, ...fields },
      problem: '',
    });
  });

  it.each([
    { options: { discard_key: true }, record: { a: 'b=1' }, made: { b: 1 } },
    { options: { discard_key: true }, record: { a: 'a=1' }, made: { a: 1 } },
    { options: { new: 'n.m' }, record: { a: 'b=1' }, made: { a: 'b=1', n: { m: { b: 1 } } } },
    {
      options: { key: 'o.a', discard_key: true },
      record: { o: { a: 'b=1', c: 2 } },
      made: { o: { c: 2, b: 1 } },
    },
  ])('makes $made of $record with $options', ({ options, record, made }) => {
    expect(changed(keyvalueTransform, { key: 'a', ...options }, record).record).toEqual(made);
  });

  it('keeps the digits of whole numbers', () => {
    const options = { key: 'a', discard_key: true };

    expect(changedText(keyvalueTransform, options, { a: 'n=12345678901234567890 m=x' })).toBe(
      '{"n":12345678901234567890,"m":"x"}',
    );
  });

  it.each([
    { record: {}, why: 'not exist in data' },
    { record: { a: 1 }, why: 'data type is not string' },
    { record: { a: 'no pairs' }, why: 'it has no "key=value"' },
    { record: { a: '=1' }, why: 'a key is empty' },
    { record: { a: 'b=1', n: 'text' }, why: 'cannot be set' },
  ])('counts $record: $why', ({ record, why }) => {
    const before = { ...record };
    const { record: after, problem } = changed(keyvalueTransform, { key: 'a', new: 'n' }, record);

    expect(after).toEqual(before);
    expect(problem).toContain(why);
  });
});
