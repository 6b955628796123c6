import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../shared/api/json-numbers.ts';
import { JsonScan, NESTING_LEVELS_MAX, NONE } from './json-scan.ts';

function scan(text: string): { readonly isWhole: boolean; readonly hasInexact: boolean } {
  const bytes = Buffer.from(`${text}\n`);
  const json = new JsonScan();
  return { isWhole: json.valueEnd(bytes, 0) === bytes.length - 1, hasInexact: json.hasInexact };
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

describe('JsonScan', () => {
  it.each([
    { text: '{}' },
    { text: '[]' },
    { text: '{"a":1,"b":[true,false,null,{"c":"x"}]}' },
    { text: '{ "a" :\t1 , "b" : [ ] , "c" : { } }' },
    { text: '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00aF"}' },
    { text: '{"a":1,"a":2}' },
    { text: '"\\ud800"' },
    { text: '"é😀\u2028\x7f"' },
    { text: '-0.5e-10' },
    { text: nested(NESTING_LEVELS_MAX) },
  ])('takes $text', ({ text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(scan(text).isWhole).toBe(true);
  });

  it.each([
    { text: '' },
    { text: '{' },
    { text: '[' },
    { text: '{"a"}' },
    { text: '{"a":}' },
    { text: '{"a":1,}' },
    { text: '{,}' },
    { text: '[1,]' },
    { text: '[1 2]' },
    { text: '[1}' },
    { text: '{"a":1]' },
    { text: '{a:1}' },
    { text: "{'a':1}" },
    { text: '{"a":1}}' },
    { text: '"open' },
    { text: '"tab\t"' },
    { text: '"nul\0"' },
    { text: '"\\x"' },
    { text: '"\\u12g4"' },
    { text: '"\\' },
    { text: '01' },
    { text: '-' },
    { text: '+1' },
    { text: '.5' },
    { text: '1.' },
    { text: '1e' },
    { text: '1e+' },
    { text: '-01' },
    { text: 'nul' },
    { text: 'True' },
    { text: 'NaN' },
    { text: '\uFEFF{}' },
    { text: '\u00a0{}' },
  ])('refuses $text', ({ text }) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(scan(text).isWhole).toBe(false);
  });

  it.each([
    { text: '[1,\n2]', why: 'a line feed ends a line' },
    { text: nested(NESTING_LEVELS_MAX + 1), why: 'it is nested too deep' },
    { text: `{"a":${nested(NESTING_LEVELS_MAX)}}`, why: 'it is nested too deep' },
  ])('is stricter than JSON.parse: $why', ({ text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(new JsonScan().valueEnd(Buffer.from(`${text}\n`), 0)).toBe(NONE);
  });

  it.each([
    { text: '[1,-1,0,0.5,-0.5,123456789012345,0.000001,1.25]', hasInexact: false },
    { text: '["1.0, -0, 1e5"]', hasInexact: false },
    { text: '[-0]', hasInexact: true },
    { text: '[1.0]', hasInexact: true },
    { text: '[1e5]', hasInexact: true },
    { text: '[0.0000001]', hasInexact: true },
    { text: '[9007199254740993]', hasInexact: true },
  ])('knows whether digits could get lost: $text', ({ text, hasInexact }) => {
    expect(scan(text)).toEqual({ isWhole: true, hasInexact });
  });

  it('takes what JSON.parse takes, and nothing else, however a text is broken', () => {
    const text = fc.json({ noUnicodeString: false });
    const part = fc.constantFrom(...Array.from('{}[]",:\\ \t\r-+.0123eEu/truefalsn\0\x1f\x7fé😀'));
    const broken = fc
      .tuple(text, fc.nat(), fc.nat({ max: 3 }), fc.array(part, { maxLength: 3 }))
      .map(([whole, seed, removed, added]) => {
        const at = seed % (whole.length + 1);
        return whole.slice(0, at) + added.join('') + whole.slice(at + removed);
      })
      .map((cut) => Buffer.from(cut).toString());

    fc.assert(
      fc.property(fc.oneof(text, broken), (candidate) => {
        const trimmed = candidate.replace(/^[ \t\r]+|[ \t\r]+$/g, '');
        expect(scan(trimmed).isWhole).toBe(isJson(trimmed));
      }),
      { numRuns: 2000 },
    );
  });

  it('calls a number exact only if JSON.parse and JSON.stringify give its digits back', () => {
    const digits = fc.stringMatching(/^-?(?:0|[1-9]\d{0,20})(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/);

    fc.assert(
      fc.property(digits, (number) => {
        const { isWhole, hasInexact } = scan(`[${number}]`);
        expect(isWhole).toBe(true);
        if (!hasInexact) expect(JSON.isRawJSON(parseJson(number))).toBe(false);
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
