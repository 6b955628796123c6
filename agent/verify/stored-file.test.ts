import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunksOf, scanLines } from './stored-file.ts';

async function linesOf(chunks: Iterable<Buffer>, lineBytesMax = 100) {
  const lines: { text: string; offset: number }[] = [];
  async function* all() {
    yield* chunks;
  }
  await scanLines(all(), { offset: 7, lineBytesMax }, (line, offset) => {
    lines.push({ text: line.toString('latin1'), offset });
  });
  return lines;
}

describe('lines of chunks', () => {
  it('are the same however the bytes are cut into chunks', async () => {
    const text = fc.array(fc.constantFrom('a', 'b', '\n'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(40), { maxLength: 5 }), async (signs, cuts) => {
        const bytes = Buffer.from(signs.join(''));
        const ends = [...cuts.toSorted((a, b) => a - b), bytes.length];
        const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const lines = await linesOf(chunks);

        expect(lines.map((line) => line.text).join('\n')).toBe(
          bytes.toString('latin1').replace(/\n$/, ''),
        );
        for (const { text: line, offset } of lines) {
          expect(bytes.toString('latin1', offset - 7, offset - 7 + line.length)).toBe(line);
        }
      }),
    );
  });

  it('are cut to the longest that is read, and their rest is no line', async () => {
    const chunks = ['abc', 'def', 'g\nxy', '\n'].map((text) => Buffer.from(text));

    expect(await linesOf(chunks, 4)).toEqual([
      { text: 'abcd', offset: 7 },
      { text: 'xy', offset: 15 },
    ]);
  });
});

describe('a stored file', () => {
  let dir: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stored-'));
    path = join(dir, 'file');
  });

  afterEach(() => rm(dir, { recursive: true }));

  it.each([
    { isPacked: false, start: 2, end: 5, holds: 'cde' },
    { isPacked: true, start: 2, end: 5, holds: 'cde' },
    { isPacked: false, start: 8, end: 99, holds: 'ij' },
    { isPacked: true, start: 8, end: 99, holds: 'ij' },
    { isPacked: true, start: 4, end: 4, holds: '' },
  ])(
    'holds "$holds" from $start to $end, packed $isPacked',
    async ({ isPacked, start, end, holds }) => {
      const bytes = Buffer.from('abcdefghij');
      await writeFile(path, isPacked ? gzipSync(bytes) : bytes);

      const chunks: Buffer[] = [];
      const file = { path, isPacked, storedBytes: null };
      for await (const chunk of chunksOf(file, start, end)) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe(holds);
    },
  );

  it('that is packed and torn says so instead of ending early', async () => {
    await writeFile(path, gzipSync('abcdefghij').subarray(0, 15));
    const file = { path, isPacked: true, storedBytes: null };
    const all = async () => {
      for await (const chunk of chunksOf(file, 0)) expect(chunk.length).toBeLessThan(11);
    };

    await expect(all()).rejects.toThrow(/unexpected end of file/);
  });
});
