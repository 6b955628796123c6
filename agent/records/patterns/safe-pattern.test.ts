import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SafePattern } from './safe-pattern.ts';

/** What both engines have to say of a text. */
function bothOf(source: string, text: string) {
  const pattern = new SafePattern(source);
  const [native, linear] = [pattern.nativeMatch(text), pattern.linearMatch(text)];
  return [native && [...native].map((group) => group ?? null), linear];
}

describe('a pattern in the syntax of RE2', () => {
  it.each([
    { source: String.raw`^[\w.-]+$`, text: 'a.b-c' },
    { source: String.raw`[[:alpha:]_-]+[^[:space:]]`, text: 'ab_c-1' },
    { source: String.raw`[]a]+[^]b]`, text: ']a]c' },
    { source: String.raw`\x41\x{1F600}`, text: 'A😀' },
    { source: 'a(?i)b|c', text: 'aB' },
    { source: 'a(?i)b|c', text: 'C' },
    { source: '(?:x(?i)a)a', text: 'xAA' },
    { source: '(?:x(?i)a)a', text: 'xAa' },
    { source: '(?is:a.B)', text: 'A\nb' },
    { source: '(?i)k', text: '\u212a' },
    { source: '(?i:a(?-i:b))', text: 'Ab' },
    { source: 'a.c', text: 'a\rc' },
    { source: 'a.c', text: 'a\u2028c' },
    { source: 'a.c', text: 'a\nc' },
    { source: '^.{2}$', text: '😀a' },
    { source: 'a{,2}}', text: 'a{,2}}' },
    { source: String.raw`\s\S`, text: '\u00a0 x' },
    { source: String.raw`[\S]+`, text: '\u00a0x y' },
    { source: String.raw`[^\W\d]+`, text: '12ab' },
    { source: String.raw`\Aa\z|\,\-\!\"`, text: ',-!"' },
    { source: String.raw`[a\-z]+[+\--]`, text: 'a-z-' },
    { source: '(?P<x>a)(b)?', text: 'a' },
    { source: 'a*?b+?c??', text: 'aabbc' },
  ])('means the same to both engines: $source', ({ source, text }) => {
    const [native, linear] = bothOf(source, text);

    expect(native).toEqual(linear);
    expect(new SafePattern(source).isNative).toBe(true);
  });

  it('means the same to both engines, whatever it is made of', () => {
    const atom = fc.constantFrom(
      ...['a', 'b', '.', '[ab]', '[^a]', String.raw`\w`, String.raw`\s`, String.raw`\b`, '(?i)b'],
      ...[String.raw`\S`, '[[:upper:]-]', 'ä', '(?:ab|a)', '(?s:.)'],
    );
    const suffix = fc.constantFrom('', '', '', '*', '+?', '{1,2}');
    const part = fc
      .tuple(atom, suffix)
      .map(([text, times]) =>
        text.startsWith('(?i)') || text === String.raw`\b` ? text : text + times,
      );
    const side = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => `(${parts.join('')})`);
    const source = fc.array(side, { minLength: 1, maxLength: 3 }).map((sides) => sides.join('|'));
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'A', 'B', ' ', '\n', 'ä', '😀', '1'),
    });
    fc.assert(
      fc.property(source, text, (pattern, line) => {
        const [native, linear] = bothOf(pattern, line);

        expect(native).toEqual(linear);
      }),
      { numRuns: 300 },
    );
  });

  it.each([String.raw`\p{Greek}`, '(?U)a+', String.raw`\Q.+\E`, String.raw`\pL+\p{Nd}`])(
    'is left to one engine where the other has no such thing: %s',
    (source) => {
      const pattern = new SafePattern(source);

      expect(pattern.isNative).toBe(false);
      expect(pattern.nativeMatch('b')).toBe(null);
    },
  );

  it.each(['(?=a)', String.raw`(a)\1`, '(', 'a**', '[b-a]'])('refuses %s', (source) => {
    expect(() => new SafePattern(source)).toThrow();
  });
});
