import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from './json-numbers.ts';

describe('parseJson', () => {
  it.each([
    { text: '12345678901234567890', why: 'an integer beyond 2^53' },
    { text: '9007199254740993', why: 'the first integer that a double misses' },
    { text: '-9007199254740993', why: 'a negative one' },
    { text: '1.0', why: 'a zero after the point' },
    { text: '-1.50', why: 'a trailing zero' },
    { text: '1e400', why: 'more than a double can be' },
    { text: '1E5', why: 'an exponent' },
    { text: '1.5e-3', why: 'a fraction with an exponent' },
    { text: '-0', why: 'minus zero' },
    { text: '-0.0', why: 'minus zero with a fraction' },
    { text: '0.0000001', why: 'a number that JavaScript prints as 1e-7' },
    { text: '0.1234567890123456789', why: 'more digits than a double has' },
    { text: '1234567890.12345678', why: 'many digits on both sides of the point' },
  ])('gives back $text: $why', ({ text }) => {
    for (const shape of [text, `[${text}]`, `{"a":${text}}`, `[1,${text},"x"]`]) {
      expect(JSON.stringify(parseJson(shape))).toBe(shape);
    }
    expect(JSON.isRawJSON(parseJson(text))).toBe(true);
    expect(JSON.stringify(parseJson(`{ "a" : ${text} }`))).toBe(`{"a":${text}}`);
  });

  it.each([
    { text: '0' },
    { text: '1' },
    { text: '-1' },
    { text: '0.5' },
    { text: '-0.5' },
    { text: '123456789012345' },
    { text: '0.000001' },
  ])('leaves $text an ordinary number', ({ text }) => {
    expect(parseJson(text)).toBe(Number(text));
  });

  it('leaves texts inside strings alone', () => {
    const text = '{"a":"x, 1.0, -0, 1e5, 12345678901234567890","b":1}';

    expect(parseJson(text)).toEqual({ a: 'x, 1.0, -0, 1e5, 12345678901234567890', b: 1 });
  });

  it('refuses what JSON.parse refuses, with or without numbers to keep', () => {
    expect(() => parseJson('{"a":1.0')).toThrow(SyntaxError);
    expect(() => parseJson('{a:1}')).toThrow(SyntaxError);
  });

  it('gives back the digits of any number, wherever it stands', () => {
    const digits = fc.stringMatching(/^-?(?:0|[1-9]\d{0,24})(?:\.\d{1,24})?(?:[eE][+-]?\d{1,3})?$/);
    const shape = fc.constantFrom(
      (n: string) => n,
      (n: string) => `[${n},${n}]`,
      (n: string) => `{"a":${n},"b":[{"c":${n}}]}`,
    );

    fc.assert(
      fc.property(digits, shape, (number, around) => {
        expect(JSON.stringify(parseJson(around(number)))).toBe(around(number));
      }),
      { numRuns: 2000 },
    );
  });

  it('parses any JSON value to what JSON.parse makes of it when no number needs keeping', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseJson(text))).toBe(text);
      }),
    );
  });
});
