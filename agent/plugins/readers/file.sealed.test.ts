import { appendFile, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import type { BatchLimits, SourceBatch } from '../plugin.ts';
import { fileReader } from './file.ts';

const LINE_BYTES = 20;

const anyLimits = fc.record({
  lines: fc.nat({ max: 6 }),
  bytes: fc.integer({ min: 1, max: 90 }),
  lingerMs: fc.constantFrom(0, 1000),
  lineBytes: fc.constant(LINE_BYTES),
});
const anyText = fc
  .array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 15 })
  .map((lengths) => lengths.map((length, i) => `${String(i % 10).repeat(length)}\n`).join(''));

describe('fileReader and the ranges of its batches', () => {
  let dir: string;
  let path: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sealed-'));
    path = join(dir, 'app.log');
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  function follow(given: ConstructorParameters<typeof Following>[2] = {}): Following {
    const following = new Following(fileReader, { log_path: path }, given);
    open.push(following);
    return following;
  }

  /** The whole file in batches. */
  async function readAll(limits: Partial<BatchLimits>): Promise<readonly SourceBatch[]> {
    const size = (await readFile(path)).length;
    const following = follow({ limits });
    await following.until('the end', () => following.batches.at(-1)?.range.end === size);
    await following.stop();
    return following.batches;
  }

  /** Goes on as after a crash in which batch number `at` was sent, but not settled. */
  function goOn(batches: readonly SourceBatch[], at: number, limits: Partial<BatchLimits>) {
    const { source, position } = batches[at - 1] ?? ({} as SourceBatch);
    const range = batches[at]?.range;
    if (range === undefined) throw new Error(`there is no batch ${at}`);
    const positions = new Map([[source, JSON.parse(JSON.stringify(position))]]);
    return follow({ positions, sealed: new Map([[source, range]]), limits });
  }

  it('follow one another without gaps, and their crc32 is that of the file', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyLimits, async (text, limits) => {
        await writeFile(path, text);
        let end = 0;
        for (const { range } of await readAll(limits)) {
          expect(range).toMatchObject({ generation: 0, start: end });
          end = range.end;
          expect(range.crc).toBe(crc32(Buffer.from(text).subarray(range.start, end)));
        }
        await rm(path);
      }),
      { numRuns: 60 },
    );
  });

  it('are the same again after a crash, whatever the limits are by then', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.nat(), anyLimits, anyLimits, async (text, pick, ...limits) => {
        await writeFile(path, text);
        const batches = await readAll(limits[0]);
        const at = 1 + (pick % (batches.length - 1));
        await appendFile(path, 'later\n');
        const following = goOn(batches, at, limits[1]);
        const first = () => following.batches.find(({ range }) => range.end > range.start);
        await following.until('a batch', () => first() !== undefined);
        await following.stop();

        const { range, bytes, lines } = first() ?? {};
        expect({ range, lines }).toEqual({ range: batches[at]?.range, lines: batches[at]?.lines });
        expect(bytes?.toString()).toBe(batches[at]?.bytes.toString());
        await rm(path);
      }),
      { numRuns: 60 },
    );
  });

  it('are the same again though the file was rotated meanwhile', async () => {
    await writeFile(path, 'one\ntwo\nthree\n');
    const batches = await readAll({ lines: 1 });
    await rename(path, `${path}.1`);
    await writeFile(path, 'new\n');

    const following = goOn(batches, 2, { lines: 0 });
    expect(await following.lines(3)).toBe('two\nthree\nnew\n');
    expect(following.full[0]?.range).toEqual(batches[2]?.range);
  });

  it('are the same again for a last line that never got its line break', async () => {
    await writeFile(path, 'one\nend');
    const first = follow();
    await first.lines(1);
    await rename(path, `${path}.1`);
    await writeFile(path, '');
    await first.lines(2);
    await first.stop();
    const at = first.batches.findIndex(({ bytes }) => bytes.toString() === 'end\n');

    const following = goOn(first.batches, at, {});
    expect(await following.lines(1)).toBe('end\n');
    expect(following.full[0]?.range).toEqual(first.batches[at]?.range);
  });

  it.each([
    { what: 'is shorter', change: () => truncate(path, 3), text: 'th\nend\n' },
    { what: 'is written anew', change: () => writeFile(path, 'new\n'), text: 'new\nend\n' },
  ])('are given up when the file $what', async ({ change, text }) => {
    await writeFile(path, 'th\nis\nis\nit\n');
    const batches = await readAll({ lines: 1 });
    await change();
    await appendFile(path, 'end\n');

    expect(await goOn(batches, 2, { lines: 0 }).lines(2)).toBe(text);
  });

  it('stay in bounds where a line has no end for long', async () => {
    const MIB = 1024 * 1024;
    await writeFile(path, `${'x'.repeat(40 * MIB)}\nend\n`);
    const batches = await readAll({ bytes: 4 * MIB, lineBytes: 10 });

    expect(batches.map(({ range }) => range.end - range.start > 24 * MIB)).not.toContain(true);
    expect(Buffer.concat(batches.map(({ bytes }) => bytes)).toString()).toBe('xxxxxxxxxx\nend\n');
  });
});
