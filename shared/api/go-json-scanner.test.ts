import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSyntaxFlaw, JSON_DEPTH_MAX } from './go-json-scanner.ts';

describe('findSyntaxFlaw', () => {
  it.each<{ json: string; offset: number; text: string }>([
    {
      json: '{bad',
      offset: 2,
      text: "invalid character 'b' looking for beginning of object key string",
    },
    { json: 'x', offset: 1, text: "invalid character 'x' looking for beginning of value" },
    { json: '[1,]', offset: 4, text: "invalid character ']' looking for beginning of value" },
    {
      json: '{"a":1,}',
      offset: 8,
      text: "invalid character '}' looking for beginning of object key string",
    },
    { json: '{"a" 1}', offset: 6, text: "invalid character '1' after object key" },
    { json: '{"a":1 "b"', offset: 8, text: "invalid character '\"' after object key:value pair" },
    { json: '[1 2]', offset: 4, text: "invalid character '2' after array element" },
    { json: '[1}', offset: 3, text: "invalid character '}' after array element" },
    { json: '"a\nb"', offset: 3, text: String.raw`invalid character '\n' in string literal` },
    { json: '"\u0000"', offset: 2, text: String.raw`invalid character '\x00' in string literal` },
    {
      json: String.raw`"\x"`,
      offset: 3,
      text: "invalid character 'x' in string escape code",
    },
    {
      json: String.raw`"\u12g4"`,
      offset: 6,
      text: String.raw`invalid character 'g' in \u hexadecimal character escape`,
    },
    { json: 'tru ', offset: 4, text: "invalid character ' ' in literal true (expecting 'e')" },
    { json: 'txue', offset: 2, text: "invalid character 'x' in literal true (expecting 'r')" },
    { json: 'fax', offset: 3, text: "invalid character 'x' in literal false (expecting 'l')" },
    { json: 'nul1', offset: 4, text: "invalid character '1' in literal null (expecting 'l')" },
    { json: '-x', offset: 2, text: "invalid character 'x' in numeric literal" },
    {
      json: '1.x',
      offset: 3,
      text: "invalid character 'x' after decimal point in numeric literal",
    },
    { json: '1e+x', offset: 4, text: "invalid character 'x' in exponent of numeric literal" },
    { json: '01', offset: 2, text: "invalid character '1' after top-level value" },
    { json: '{} x', offset: 4, text: "invalid character 'x' after top-level value" },
    {
      json: "'a'",
      offset: 1,
      text: String.raw`invalid character '\'' looking for beginning of value`,
    },
    {
      json: '{"é":\\',
      offset: 7,
      text: String.raw`invalid character '\\' looking for beginning of value`,
    },
    { json: 'é', offset: 1, text: "invalid character 'Ã' looking for beginning of value" },
    {
      json: '\u00a0',
      offset: 1,
      text: "invalid character 'Â' looking for beginning of value",
    },
  ])('says $text about $json', ({ json, offset, text }) => {
    expect(findSyntaxFlaw(json)).toEqual({ at: 'byte', offset, text });
  });

  it.each(['{', '{"a"', '{"a":', '{"a":1', '[1,', '"abc', '"\\', '"\\u00', '-', '1.', '1e', 'tr'])(
    'says that %s stops too early',
    (json) => {
      expect(findSyntaxFlaw(json)).toEqual({ at: 'end', empty: false });
    },
  );

  it('tells an empty text from one that stops too early', () => {
    expect(findSyntaxFlaw(' \n')).toEqual({ at: 'end', empty: true });
  });

  it('allows nesting to its limit and not deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

    expect(findSyntaxFlaw(nested(JSON_DEPTH_MAX))).toBeNull();
    expect(findSyntaxFlaw(nested(JSON_DEPTH_MAX + 1))).toEqual({
      at: 'byte',
      offset: JSON_DEPTH_MAX + 1,
      text: "invalid character '[' exceeded max depth",
    });
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', '"', ',', '}', ']', '0', '-', '.', 'e', '\\'))
      .map(([json, at, insert]) => {
        const cut = at % (json.length + 1);
        return json.slice(0, cut) + insert + json.slice(cut + (at % 2));
      });

    fc.assert(
      fc.property(damaged, (text) => {
        expect(findSyntaxFlaw(text) === null).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
