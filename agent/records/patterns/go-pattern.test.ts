import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { goPatterns, textsFor } from '../../../test/support/go-patterns.ts';
import { GoPattern } from './go-pattern.ts';

function matchesOf(matcher: ReturnType<RE2JS['matcher']>): unknown[] {
  const matches: unknown[] = [];
  while (matcher.find()) {
    const numbers = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => index);
    const groups = numbers.map((number) => matcher.group(number));
    matches.push([matcher.start(), matcher.end(), groups]);
  }
  return matches;
}

describe('a pattern in Go spelling', () => {
  it('matches the same whichever engine is asked', () => {
    let natives = 0;
    fc.assert(
      fc.property(goPatterns, textsFor(12), (source, text) => {
        const pattern = new GoPattern(source);
        if (pattern.nativeLengthMax > 0) natives += 1;
        const found = [...pattern.matches(text)].map(({ start, end, groups }) => [
          ...[start, end],
          groups.map((group) => group ?? null),
        ]);

        expect(found).toEqual(matchesOf(RE2JS.compile(source).matcher(text)));
        expect(pattern.test(text)).toBe(found.length > 0);
        expect(pattern.groups(text) === null).toBe(found.length === 0);
      }),
      { numRuns: 200 },
    );
    expect(natives).toBeGreaterThan(20);
  });

  it.each([
    { source: '(?P<a>x)(y)(?P<b>z)', names: { a: 1, b: 3 } },
    { source: '(?<b>x)(?P<a>z)', names: { b: 1, a: 2 } },
    { source: '(x)', names: {} },
  ])('knows the names of the groups of $source', ({ source, names }) => {
    expect(Object.fromEntries(new GoPattern(source).groupNumbers)).toEqual(names);
  });

  it.each([
    { source: '(', why: 'missing closing )' },
    { source: 'a(?=b)', why: 'invalid or unsupported Perl syntax' },
    { source: String.raw`(a)\1`, why: 'invalid escape sequence' },
    { source: '(?P<a>x)(?P<a>y)', why: 'duplicate capture group name' },
    { source: '((a{1,100}){1,100}){1,100}', why: 'invalid repeat count' },
  ])('refuses $source', ({ source, why }) => {
    expect(() => new GoPattern(source)).toThrow(why);
  });

  it.each([String.raw`\pL+`, String.raw`\Qa.b\E`, '(?U)a+', '(?i)é'])(
    'knows the rare %s by way of the other engine',
    (source) => {
      expect(new GoPattern(source).nativeLengthMax).toBe(0);
      expect(new GoPattern(source).test('xa.bÉ')).toBe(true);
    },
  );

  it('comes to an end where backtracking would not', () => {
    const hostile = new GoPattern('^(a+)+$');

    expect(hostile.nativeLengthMax).toBe(0);
    expect(hostile.test(`${'a'.repeat(50_000)}b`)).toBe(false);
  });
});
