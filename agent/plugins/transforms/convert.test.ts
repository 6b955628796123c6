import { describe, expect, it } from 'vitest';
import { changed, changedText } from '../../../test/support/transforming.ts';
import { convertTransform } from './convert.ts';

describe('the transform convert', () => {
  it.each([
    { dsl: 'a long', value: '12', made: '12' },
    { dsl: 'a L', value: ' -7 ', made: '-7' },
    { dsl: 'a long', value: 12.9, made: '12' },
    { dsl: 'a long', value: '-12.9e1', made: '-129' },
    { dsl: 'a long', value: '9007199254740993', made: '9007199254740993' },
    { dsl: 'a long', value: JSON.rawJSON('-9223372036854775808'), made: '-9223372036854775808' },
    { dsl: 'a long', value: JSON.rawJSON('1.0'), made: '1' },
    { dsl: 'a float', value: '1.5', made: '1.5' },
    { dsl: 'a f', value: '.5', made: '0.5' },
    { dsl: 'a float', value: JSON.rawJSON('1.00'), made: '1.00' },
    { dsl: 'a float', value: '12345678901234567890.5', made: '12345678901234567890.5' },
    { dsl: 'a string', value: 12, made: '"12"' },
    { dsl: 'a', value: 1.5, made: '"1.5"' },
    { dsl: 'a s', value: JSON.rawJSON('12345678901234567890'), made: '"12345678901234567890"' },
    { dsl: 'a string', value: true, made: '"true"' },
    { dsl: 'a string', value: null, made: '""' },
    { dsl: 'a string', value: { b: [1] }, made: '"{\\"b\\":[1]}"' },
    { dsl: 'a json', value: [1, null], made: '"[1,null]"' },
    { dsl: 'a jsonstring', value: '{}', made: '"{}"' },
    { dsl: 'a date', value: '2018/04/16 19:40:55', made: '"2018-04-16T19:40:55Z"' },
    { dsl: 'a d', value: 1_523_878_855, made: '"2018-04-16T11:40:55Z"' },
    { dsl: 'a bool', value: 'T', made: 'true' },
    { dsl: 'a boolean', value: '0', made: 'false' },
    { dsl: 'a array(long)', value: ['1', 2.5], made: '[1,2]' },
    { dsl: 'a a(s)', value: '[1, 12345678901234567890]', made: '["1","12345678901234567890"]' },
    {
      dsl: 'a map{b long, c map{d bool}}',
      value: { b: '1', c: { d: 't' }, e: 5 },
      made: '{"b":1,"c":{"d":true},"e":5}',
    },
    { dsl: 'a{b long}', value: '{"b":"2"}', made: '{"b":2}' },
    { dsl: 'a map', value: '{"b":"2"}', made: '{"b":"2"}' },
  ])('"$dsl" makes $made of $value', ({ dsl, value, made }) => {
    expect(changedText(convertTransform, { dsl }, { a: value })).toBe(`{"a":${made}}`);
  });

  it.each([
    { dsl: 'a long 7', value: 'x', made: '7' },
    { dsl: 'a long 7', value: '', made: '7' },
    { dsl: 'a bool true', value: 'x', made: 'true' },
    { dsl: 'a date 2018-04-16', value: 'x', made: '"2018-04-16T00:00:00Z"' },
    { dsl: 'a float 1.5', value: null, made: '1.5' },
  ])('"$dsl" makes $made of $value, which does not fit', ({ dsl, value, made }) => {
    expect(changedText(convertTransform, { dsl }, { a: value })).toBe(`{"a":${made}}`);
  });

  it('removes an empty text that should be a number, and null that should be JSON', () => {
    const record = { a: '', b: null, o: { c: ' ' }, d: 1 };

    expect(changed(convertTransform, { dsl: 'a long, b json, o.c float' }, record)).toEqual({
      record: { o: {}, d: 1 },
      problem: '',
    });
  });

  it('converts what it can, and counts a record once', () => {
    const record = { a: '1', b: 'x', o: { d: '2' } };

    expect(
      changed(convertTransform, { dsl: 'a long\nb long, c long,\n o.d long' }, record),
    ).toEqual({
      record: { a: 1, b: 'x', o: { d: 2 } },
      problem: 'transform key c not exist in data',
    });
  });

  it.each([
    { dsl: 'a long', value: 'x', why: 'is no whole number' },
    { dsl: 'a long', value: '9223372036854775808', why: 'does not fit into 64 bits' },
    { dsl: 'a long', value: true, why: 'is no number' },
    { dsl: 'a long', value: [], why: 'is neither text nor a number' },
    { dsl: 'a float', value: 'inf', why: 'is no number that JSON can hold' },
    { dsl: 'a date', value: 'x', why: 'is no time' },
    { dsl: 'a bool', value: 1, why: 'is neither true nor false' },
    { dsl: 'a json', value: 1, why: 'is neither text nor an object nor a list' },
    { dsl: 'a array(long)', value: ['1', 'x'], why: 'is no whole number' },
    { dsl: 'a array(long)', value: '{}', why: 'is no list' },
    { dsl: 'a map{b long}', value: { b: 'x', c: 1 }, why: 'is no whole number' },
    { dsl: 'a map{b long}', value: '[]', why: 'is no object' },
  ])('"$dsl" leaves $value as it is: $why', ({ dsl, value, why }) => {
    const { record, problem } = changed(convertTransform, { dsl }, { a: value });

    expect(record).toEqual({ a: value });
    expect(problem).toContain(`transform key a ${why}`);
  });

  it.each([
    { dsl: undefined, why: 'dsl: is required' },
    { dsl: ' , ', why: 'names no field' },
    { dsl: 'a integer', why: '"integer" is no type; there are long, float' },
    { dsl: 'a long, a float', why: '"a" is there twice' },
    { dsl: 'a long x', why: 'the value for "a" is no whole number' },
    { dsl: 'a map{b long', why: 'a { has no } behind it' },
    { dsl: 'a map}', why: 'a } has no { before it' },
    { dsl: 'a long 1 2', why: 'is no name with a type' },
    { dsl: 'a{b{c{d{e{f long}}}}}', why: 'maps are nested deeper than 5 levels' },
  ])('refuses "$dsl": $why', ({ dsl, why }) => {
    expect(() => convertTransform.configure({ dsl })).toThrow(why);
  });
});
