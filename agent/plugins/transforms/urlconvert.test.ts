import { describe, expect, it } from 'vitest';
import { changed, changedLine } from '../../../test/support/transforming.ts';
import { urlconvertTransform } from './urlconvert.ts';

const BOTH_WAYS = [
  { plain: 'a b&c=d/é', escaped: 'a+b%26c%3Dd%2F%C3%A9' },
  { plain: "it's (1*2)!~", escaped: 'it%27s+%281%2A2%29%21~' },
  { plain: '1+1', escaped: '1%2B1' },
  { plain: '字', escaped: '%E5%AD%97' },
];

describe('the transform urlconvert', () => {
  it.each(BOTH_WAYS)('takes the escapes out of $escaped', ({ plain, escaped }) => {
    expect(changed(urlconvertTransform, { key: 'a' }, { a: escaped }).record).toEqual({ a: plain });
    expect(changedLine(urlconvertTransform, { key: 'a' }, escaped)).toBe(plain);
  });

  it.each(BOTH_WAYS)('puts escapes into $plain', ({ plain, escaped }) => {
    const options = { key: 'a', mode: 'encode' };

    expect(changed(urlconvertTransform, options, { a: plain }).record).toEqual({ a: escaped });
    expect(changedLine(urlconvertTransform, options, plain)).toBe(escaped);
  });

  it.each([
    { text: '%E5%AD', result: '\uFFFD' },
    { text: '%ff%41', result: '\uFFFDA' },
  ])('makes what it can of $text, which is no UTF-8', ({ text, result }) => {
    expect(changed(urlconvertTransform, { key: 'a' }, { a: text }).record).toEqual({ a: result });
  });

  it.each(['100%', '%zz', '%4'])('leaves %s alone and counts it', (text) => {
    expect(changed(urlconvertTransform, { key: 'a' }, { a: text })).toEqual({
      record: { a: text },
      problem: 'transform key a holds an escape that is none',
    });
    expect(() => changedLine(urlconvertTransform, { key: 'a' }, text)).toThrow('escape');
  });
});
