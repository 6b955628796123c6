import { describe, expect, it } from 'vitest';
import { parseJson } from './json-numbers.ts';
import { toJsonText } from './json-text.ts';

describe('toJsonText', () => {
  it('escapes what HTML might understand, as Go does', () => {
    expect(toJsonText({ '<a>': '&\u2028\u2029é' })).toBe(
      String.raw`{"\u003ca\u003e":"\u0026\u2028\u2029é"}`,
    );
  });

  it('writes a BigInt as an integer, wherever it stands', () => {
    expect(toJsonText({ a: [1n, { b: 1700000000123456789n }] })).toBe(
      '{"a":[1,{"b":1700000000123456789}]}',
    );
  });

  it('gives back the digits of a number that a double does not hold', () => {
    const text = '{"a":12345678901234567890,"b":1.0}';

    expect(toJsonText(parseJson(text))).toBe(text);
  });

  it('refuses a value without an end', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;

    expect(() => toJsonText(loop)).toThrow(TypeError);
  });
});
