import { mkdtemp, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PiecePlanner } from '../../../shared/coordinator/processor.ts';
import { plansPieces } from '../../../shared/coordinator/processor.ts';
import type { PluginOptions } from '../../../shared/domain/runner-config.ts';
import { systemClock } from '../../../shared/kernel/clock.ts';
import { seededRandom } from '../../../test/delivery/support/seeded-random.ts';
import { LIMITS } from '../../../test/support/following.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import { Pulled } from '../../../test/support/pulled.ts';
import { SharedWork } from '../../../test/support/shared-work.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import type { PartitionedSource, SourceBatch } from '../plugin.ts';
import { filesReader } from './files.ts';

const SIGNAL = new AbortController().signal;

describe('the files reader', () => {
  let dir = '';
  let reading: Pulled | null = null;

  beforeEach(async () => {
    dir = await realpath(await mkdtemp(join(tmpdir(), 'files-')));
  });
  afterEach(async () => {
    await reading?.stop();
    reading = null;
    await rm(dir, { recursive: true, force: true });
  });

  const optionsOf = (more: PluginOptions = {}): PluginOptions => ({
    ...{ log_path: join(dir, '*.log*'), settle: '0s', stat_interval: '10ms' },
    ...more,
  });

  function sourceOf(size: number | null, more: PluginOptions = {}): PartitionedSource {
    const { partitioned } = filesReader.configure(optionsOf(more));
    if (partitioned === undefined) throw new Error('it has no partitions');
    const settings = { size: size === null ? null : BigInt(size) };
    return partitioned(settings, pluginContext({ clock: systemClock }));
  }

  /** A file whose last write was so many seconds after some moment. */
  async function put(name: string, content: string | Buffer, second = 0): Promise<string> {
    const path = join(dir, name);
    await writeFile(path, content);
    await touch(path, second);
    return path;
  }

  const pulled = (more: PluginOptions = {}, given: ConstructorParameters<typeof Pulled>[2] = {}) =>
    (reading = new Pulled(filesReader, optionsOf(more), given));

  describe('in one agent', () => {
    it('reads all files once, the oldest first, and whole, whatever they end with', async () => {
      await put('b.log', 'b1\nb2', 1);
      await put('a.log', 'a1\r\n\na2\n', 2);
      await put('c.log.gz', gzipSync('c1\nc2'), 0);
      await put('d.log.zip', 'no', 0);

      expect(await pulled().lines(7)).toBe('c1\nc2\nb1\nb2\na1\r\n\na2\n');
    });

    it('goes on in the middle of a file, and does not read again what is read', async () => {
      await put('a.log', 'a1\na2\na3\n', 1);
      await put('b.log', 'b1\n', 2);
      const batches = await batchesUntil(pulled({}, { limits: { lines: 1 } }), 'a1\n');
      await reading?.stop();
      const rest = pulled({}, { positions: positionsOf(batches.at(-1)) });
      expect(await rest.lines(3)).toBe('a2\na3\nb1\n');
      await rest.stop();
    });

    it('looks again when it has read all, and reads what is newer', async () => {
      await put('a.log', 'a1\n', 1);
      const all = pulled();
      expect(await all.lines(1)).toBe('a1\n');
      const next = all.lines(1);
      await put('b.tmp', 'b1\n', 2);
      await rename(join(dir, 'b.tmp'), join(dir, 'b.log'));
      expect(await next).toBe('b1\n');
    });

    it('tells of a file that came too late, until it is touched', async () => {
      await put('b.log', 'b1\n', 2);
      const all = pulled();
      expect(await all.lines(1)).toBe('b1\n');
      const next = all.lines(1);
      await put('a.tmp', 'a1\n', 1);
      const late = join(dir, 'a.log');
      await rename(join(dir, 'a.tmp'), late);
      const trouble = await waitFor('trouble', () => all.reader.trouble());
      expect(trouble).toContain(`${late}; touch to have them read`);
      await touch(late, 3);
      expect(await next).toBe('a1\n');
      await waitFor('no trouble', () => all.reader.trouble() === null);
    });

    it('leaves the rest of a file behind that is gone, and goes on with the next', async () => {
      const path = await put('a.log', 'a1\na2\n', 1);
      await put('b.log', 'b1\n', 2);
      const batches = await batchesUntil(pulled({}, { limits: { lines: 1 } }), 'a1\n');
      await reading?.stop();
      await rm(path);
      expect(await pulled({}, { positions: positionsOf(batches.at(-1)) }).lines(1)).toBe('b1\n');
    });

    it('leaves a file alone until it was not written to for a while', async () => {
      await writeFile(join(dir, 'new.log'), 'new\n');
      await put('old.log', 'old\n', 1);
      const all = pulled({ settle: '1h' });
      expect(await all.lines(1)).toBe('old\n');
      const planner = plannerOf(sourceOf(null, { settle: '1h' }));
      const { pieces } = await planner.nextPieces('', 10, SIGNAL);
      expect(pieces.map(({ options }) => options['path'])).toEqual([join(dir, 'old.log')]);
    });

    it('leaves out the first line of each file where it is told to', async () => {
      await put('a.log', 'head\na1\n', 1);
      await put('b.log', 'head\nb1\n', 2);
      expect(await pulled({ skip_first_line: 'true' }).lines(2)).toBe('a1\nb1\n');
    });
  });

  describe('as shared work', () => {
    it('gives each line to one piece, however the files are cut and read', async () => {
      await fc.assert(
        fc.asyncProperty(CONTENT, SIZE, LINES, async (content, size, lines) => {
          await put('a.log', content);
          const read = await readAll(sourceOf(size), { lines, resumes: true });
          expect(read).toBe(wholeLines(content));
        }),
        { numRuns: 150 },
      );
    });

    it('does so where characters take two bytes', async () => {
      await fc.assert(
        fc.asyncProperty(CONTENT, SIZE, LINES, async (content, size, lines) => {
          await put('a.log', Buffer.from(`\uFEFF${content}`, 'utf16le'));
          const source = sourceOf(size, { encoding: 'UTF-16' });
          const read = await readAll(source, { lines, resumes: false });
          expect(read).toBe(wholeLines(content));
        }),
        { numRuns: 60 },
      );
    });

    it('reads every line once with several workers of which attempts die', async () => {
      const expected: string[] = [];
      for (let file = 0; file < 12; file += 1) {
        const lines = Array.from({ length: 300 }, (_, nth) => `file ${file} line ${nth}`);
        lines[7] = `file ${file} ${'long '.repeat(400)}`;
        expected.push(...lines);
        const text = lines.join(file % 2 === 0 ? '\n' : '\r\n') + (file % 3 === 0 ? '' : '\n');
        const isPacked = file % 4 === 3;
        await put(`${file}.log${isPacked ? '.gz' : ''}`, isPacked ? gzipSync(text) : text, file);
      }
      const all = await SharedWork.run({
        ...{ source: () => sourceOf(700), workers: 3, random: seededRandom(1, 'files') },
        ...{ killEvery: 12, lines: 9, isDone: ({ lines }) => lines.length >= expected.length },
      });

      expect(all.lines.map((line) => line.trimEnd()).toSorted()).toEqual(
        expected.map((line) => line.trimEnd()).toSorted(),
      );
      expect(all.strange).toEqual([]);
      expect(all.kills).toBeGreaterThan(50);
      expect(all.repeats).toBeGreaterThan(10);
      expect(all.readers.size).toBe(3);
      expect(new Set(all.failures)).toEqual(new Set(['AppError: killed']));
      expect(all.troubles).toEqual([]);
    });

    it('plans a file that is compressed, or whose records are of several lines, as one', async () => {
      await put('a.log.gz', gzipSync('a\n'.repeat(1_000)), 1);
      await put('b.log', 'x\n'.repeat(1_000), 2);
      const cut = await plannerOf(sourceOf(500)).nextPieces('', 100, SIGNAL);
      expect(cut.pieces.length).toBe(5);
      const joined = sourceOf(null, { head_pattern: '^x' });
      expect((await plannerOf(joined).nextPieces('', 100, SIGNAL)).pieces.length).toBe(2);
    });

    it('goes on where the plan stands, in the middle of a file', async () => {
      await put('a.log', 'a\n'.repeat(100), 1);
      await put('b.log', 'b\n', 1);
      const planner = plannerOf(sourceOf(60));
      const first = await planner.nextPieces('', 2, SIGNAL);
      const rest = await plannerOf(sourceOf(60)).nextPieces(first.mark, 10, SIGNAL);
      expect([...first.pieces, ...rest.pieces].map(({ options }) => options)).toMatchObject([
        { start: 0, end: 60 },
        { start: 60, end: 120 },
        { start: 120, end: 180 },
        { start: 180, end: 200 },
        { path: join(dir, 'b.log'), start: 0, end: 2 },
      ]);
      expect((await planner.nextPieces(rest.mark, 10, SIGNAL)).pieces).toEqual([]);
    });

    it.each([
      {
        what: 'has grown',
        change: (path: string) => writeFile(path, 'a1\na2\n'),
        says: 'size is 6',
      },
      { what: 'was written anew', change: (path: string) => rewrite(path), says: 'otherwise' },
      { what: 'was touched', change: (path: string) => touch(path, 9), says: 'touched' },
      { what: 'is gone', change: (path: string) => rm(path), says: 'is gone since it was planned' },
    ])('does not read a file that $what since it was planned', async ({ change, says }) => {
      const path = await put('a.log', 'a1\n', 1);
      const source = sourceOf(null);
      const { pieces } = await plannerOf(source).nextPieces('', 1, SIGNAL);
      await change(path);
      await expect(batchesOf(source, pieces[0]?.options ?? {})).rejects.toThrow(says);
    });

    it('does not take a compressed file that ends too soon for whole', async () => {
      await put('a.log.gz', gzipSync('a\n'.repeat(1_000)).subarray(0, 20));
      await expect(readAll(sourceOf(null), { lines: 0, resumes: false })).rejects.toThrow(
        'ends too soon',
      );
    });

    it('reads no file that its own options do not allow', () => {
      const options = { path: '/etc/passwd', start: 0, end: 9, size: 9, mtimeNs: '1', head: null };
      const partition = { id: 1, min: 1n, max: 1n, options };
      expect(() => sourceOf(null).open(partition, opening({}))).toThrow('does not match log_path');
    });

    it.each([
      { options: { head_pattern: '^x' }, says: 'head_pattern a file is not cut' },
      { options: { container_format: 'cri' }, says: 'container_format a file is not cut' },
      { options: { delimiter: '|' }, says: 'delimiter a file is not cut' },
      { options: { delimiter: '|', head_pattern: '^x' }, says: 'delimiter: it stands alone' },
    ])('refuses $options with a size', ({ options, says }) => {
      expect(() => sourceOf(100, options)).toThrow(says);
    });
  });
});

/** Lines of all kinds: empty ones, ones that are longer than a piece, with and without an end. */
const CONTENT = fc
  .array(fc.constantFrom('', '\n', '\r\n', '\n\n', 'a', 'bc', 'ü\n', 'x'.repeat(90), 'de\r\n'), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''));
const SIZE = fc.integer({ min: 1, max: 120 });
const LINES = fc.integer({ min: 0, max: 4 });

function wholeLines(content: string): string {
  return content === '' || content.endsWith('\n') ? content : `${content}\n`;
}

function plannerOf({ planner }: PartitionedSource): PiecePlanner {
  if (!plansPieces(planner)) throw new Error('it plans numbers');
  return planner;
}

function opening({ lines = 0, positions = new Map<string, unknown>() }) {
  const limits = { ...LIMITS, lines };
  return { positions, sealed: new Map(), limits, signal: SIGNAL };
}

async function batchesOf(
  source: PartitionedSource,
  options: Readonly<Record<string, unknown>>,
  given: Parameters<typeof opening>[0] = {},
): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  const reader = source.open({ id: 1, min: 1n, max: 1n, options }, opening(given));
  for await (const batch of reader.batches) batches.push(batch);
  return batches;
}

/** The text of all pieces, in order; `resumes`: each batch is the first of another reader, too. */
async function readAll(
  source: PartitionedSource,
  { lines, resumes }: { readonly lines: number; readonly resumes: boolean },
): Promise<string> {
  const { pieces } = await plannerOf(source).nextPieces('', 100_000, SIGNAL);
  let text = '';
  for (const { options } of pieces) {
    const batches = await batchesOf(source, options, { lines });
    text += batches.map(({ bytes }) => bytes.toString()).join('');
    const middle = batches[Math.floor(batches.length / 2)];
    if (!resumes || middle === undefined) continue;
    const positions = positionsOf(middle);
    const rest = await batchesOf(source, options, { lines, positions });
    const behind = batches.slice(batches.indexOf(middle) + 1);
    expect(rest.filter(({ lines: some }) => some > 0).map(facts)).toEqual(
      behind.filter(({ lines: some }) => some > 0).map(facts),
    );
  }
  return text;
}

function facts({ range, bytes }: SourceBatch) {
  return { range, text: bytes.toString() };
}

function positionsOf(batch: SourceBatch | undefined): Map<string, unknown> {
  if (batch === undefined) throw new Error('there is no batch');
  return new Map([[batch.source, JSON.parse(JSON.stringify(batch.position))]]);
}

async function batchesUntil(pulled: Pulled, text: string): Promise<SourceBatch[]> {
  const batches: SourceBatch[] = [];
  for (;;) {
    const batch = await pulled.next();
    batches.push(batch);
    if (batch.bytes.toString() === text) return batches;
  }
}

function touch(path: string, second: number): Promise<void> {
  const at = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
  return utimes(path, at, at);
}

/** Another content of the same size and time. */
async function rewrite(path: string): Promise<void> {
  await writeFile(path, 'b1\n');
  await touch(path, 1);
}
