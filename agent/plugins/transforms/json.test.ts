import { describe, expect, it } from 'vitest';
import { changed, changedText } from '../../../test/support/transforming.ts';
import { jsonTransform } from './json.ts';

describe('the transform json', () => {
  it.each([
    { options: {}, record: { a: '{"b":1}' }, made: { a: { b: 1 } } },
    { options: { new: 'c' }, record: { a: ' [1,"x"] ' }, made: { a: ' [1,"x"] ', c: [1, 'x'] } },
    { options: { new: 'c.d' }, record: { a: 'null' }, made: { a: 'null', c: { d: null } } },
    { options: { new: 'c', discard_key: true }, record: { a: '1' }, made: { c: 1 } },
    { options: { discard_key: true }, record: { a: '1' }, made: { a: 1 } },
    {
      options: { extract: 'true' },
      record: { a: '{"b":1,"a":2}', b: 0 },
      made: { a: 2, b: 1 },
    },
    {
      options: { extract: true, discard_key: true },
      record: { a: '{"b":{"c":1}}' },
      made: { b: { c: 1 } },
    },
    {
      options: { key: 'o.a', extract: true },
      record: { o: { a: '{"b":1}' } },
      made: { o: { a: '{"b":1}', b: 1 } },
    },
    { options: {}, record: { a: ' ' }, made: { a: ' ' } },
  ])('makes $made of $record with $options', ({ options, record, made }) => {
    expect(changed(jsonTransform, { key: 'a', ...options }, record)).toEqual({
      record: made,
      problem: '',
    });
  });

  it('keeps the digits of numbers, and a name that is none of an object', () => {
    const record = { a: '{"n":12345678901234567890,"__proto__":1.0}' };

    expect(changedText(jsonTransform, { key: 'a', extract: true, discard_key: true }, record)).toBe(
      '{"n":12345678901234567890,"__proto__":1.0}',
    );
  });

  it.each([
    { record: {}, why: 'not exist in data' },
    { record: { a: { b: 1 } }, why: 'data type is not string' },
    { record: { a: '{"b":' }, why: 'Unexpected end of JSON input' },
    { record: { a: '[1]' }, why: 'is no JSON object' },
    {
      record: { a: `{"b":${'['.repeat(600)}${']'.repeat(600)}}` },
      why: 'is nested deeper than 512 levels',
    },
  ])('counts $record: $why', ({ record, why }) => {
    const before = structuredClone(record);
    const { record: after, problem } = changed(jsonTransform, { key: 'a', extract: true }, record);

    expect(after).toEqual(before);
    expect(problem).toContain('transform key a ');
    expect(problem).toContain(why);
  });
});
