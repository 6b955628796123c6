import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKETS, bucketOf, LineDigest, lineHash } from './line-digest.ts';
import { LineTally } from './line-tally.ts';

const hashOf = (text: string) => lineHash(Buffer.from(text));

function digestOf(lines: readonly string[]): LineDigest {
  const digest = new LineDigest();
  for (const line of lines) digest.add(hashOf(line));
  return digest;
}

/** Only few different lines, so that many come more than once. */
const someLines = fc.array(fc.integer({ min: 0, max: 12 }).map(String), { maxLength: 30 });

describe('a digest of lines', () => {
  it('does not depend on their order', () => {
    fc.assert(
      fc.property(someLines, (lines) => {
        expect(digestOf(lines).differing(digestOf(lines.toReversed()))).toEqual([]);
        expect(digestOf(lines).count).toBe(lines.length);
      }),
    );
  });

  it('differs whenever a line is missing, doubled or another', () => {
    fc.assert(
      fc.property(someLines, someLines, (a, b) => {
        const isSame = a.toSorted().join() === b.toSorted().join();
        expect(digestOf(a).differing(digestOf(b)).length === 0).toBe(isSame);
      }),
    );
  });

  it('differs in the bucket of the line alone', () => {
    const buckets = digestOf(['a', 'b', 'c']).differing(digestOf(['a', 'c']));

    expect(buckets).toEqual([bucketOf(hashOf('b'))]);
    expect(buckets[0]).toBeLessThan(BUCKETS);
  });

  it('carries from word to word: as the sum of large numbers', () => {
    const ones = Buffer.alloc(16, 0xff);
    const zero = Buffer.alloc(16);
    const [a, b] = [new LineDigest(), new LineDigest()];
    for (const digest of [a, b]) digest.add(ones);
    a.add(zero);
    expect(a.differing(b)).toEqual([0]);
    b.add(zero);
    expect(a.differing(b)).toEqual([]);
  });
});

describe('a tally of lines', () => {
  function flawsOf(source: readonly string[], sink: readonly string[]) {
    const tally = new LineTally();
    const add = (way: 'addSource' | 'addSink', path: string) => (line: string, index: number) => {
      tally[way](hashOf(line), Buffer.from(line), { path, offset: index });
    };
    source.forEach(add('addSource', 'in'));
    sink.forEach(add('addSink', 'out'));
    return tally.flaws;
  }

  it('names what is missing, doubled and strange, and where', () => {
    expect(flawsOf(['a', 'b', 'b', 'c'], ['c', 'a', 'a', 'b', 'x'])).toEqual({
      missing: { lines: 1, examples: [{ path: 'in', offset: 1, text: 'b' }] },
      doubled: { lines: 1, examples: [{ path: 'out', offset: 2, text: 'a' }] },
      strange: { lines: 1, examples: [{ path: 'out', offset: 4, text: 'x' }] },
    });
  });

  it('shows twenty of each and counts all', () => {
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    const { missing } = flawsOf(lines, []);

    expect(missing.lines).toBe(50);
    expect(missing.examples).toHaveLength(20);
  });

  it('counts for any lines what two multisets differ by', () => {
    fc.assert(
      fc.property(someLines, someLines, (source, sink) => {
        const { missing, doubled, strange } = flawsOf(source, sink);
        expect(source.length - missing.lines + doubled.lines + strange.lines).toBe(sink.length);
        const known = new Set(source);
        expect(strange.lines).toBe(sink.filter((line) => !known.has(line)).length);
      }),
    );
  });
});
