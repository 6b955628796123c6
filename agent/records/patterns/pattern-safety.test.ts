import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backtrackingSteps } from '../../../test/support/backtracking.ts';
import { goPatterns, textsFor } from '../../../test/support/go-patterns.ts';
import { parseGoRegex } from './go-regex-parser.ts';
import type { RegexNode } from './go-regex-tree.ts';
import { safeTextLengths, stepsPerCharacter } from './pattern-safety.ts';
import { triesAtOnce } from './pattern-ways.ts';

function treeOf(source: string): RegexNode {
  const tree = parseGoRegex(source);
  if (tree === null) throw new Error(`${source} was not understood`);
  return tree;
}

/** Most ways to match are in what is always the same. */
const dull = fc.string({ unit: fc.constantFrom('a', 'a', 'b'), maxLength: 60 });

describe('how long a text a pattern may be searched in by backtracking', () => {
  it.each([
    '^(a+)+$',
    '(a|a)*b',
    '(a|ab|b)*c',
    String.raw`^(\w+\s?)*$`,
    String.raw`(\d+)*x`,
    '(?:a?){30}a{30}',
    '(?:.*,){20}x',
    '(a*)*b',
  ])('is none for %s, which may take for ever', (source) => {
    expect(safeTextLengths(treeOf(source))).toEqual({ quick: 0, bounded: 0 });
  });

  it.each([
    'error',
    String.raw`password=\S+`,
    String.raw`^(\S+) (\S+) \[([^\]]*)\] "([^"]*)" (\d+)`,
    String.raw`^(\w+=\S+ )*x`,
    String.raw`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`,
    '^(?:GET|POST|PUT) ',
    '(?i)token: [a-z0-9]+',
    '^.*error',
  ])('is great for %s, which has one way to match', (source) => {
    expect(safeTextLengths(treeOf(source)).quick).toBe(65_536);
  });

  it.each([
    { source: String.raw`\s+$`, why: 'begins anew at each character' },
    { source: '^.*a.*b', why: 'has two parts that overlap' },
    { source: String.raw`"[^"]*"`, why: 'may look for its end from each place' },
  ])('is some for $source, which $why', ({ source }) => {
    const { quick: length } = safeTextLengths(treeOf(source));

    expect(length).toBeGreaterThanOrEqual(128);
    expect(length).toBeLessThan(4_096);
  });

  it.each([
    {
      source: String.raw`(\S+) (\S+) \[(.*?)\] "(\S+) (\S+) (\S+)" (\d+)`,
      why: 'one part of it goes on while others have come to an end',
    },
    {
      source: String.raw`(?:(?:25[0-5]|2[0-4]\d|[01]?\d{1,2})\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d{1,2})`,
      why: 'it has many ways to match, and all of them are short',
    },
  ])('is that of a usual line for $source, for $why', ({ source }) => {
    expect(safeTextLengths(treeOf(source)).bounded).toBeGreaterThanOrEqual(500);
  });

  it('is on the safe side: no text takes more steps than that', () => {
    fc.assert(
      fc.property(goPatterns, fc.oneof(textsFor(24), dull), (source, text) => {
        const tree = parseGoRegex(source);
        if (tree === null) return;
        const tries = triesAtOnce(tree) ?? Infinity;
        const bound = stepsPerCharacter(tree, Math.max(1, text.length), tries);
        if (bound > 2_000) return;

        // A step of the analysis stands for a few of the search: a character and what is around it.
        const most = 8 * (tree.size + 1) + 8 * bound * (text.length + 1);
        expect(backtrackingSteps(tree, text, 1_000_000)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 300 },
    );
  });
});
