import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following, LIMITS } from '../../test/support/following.ts';
import { HastyClock } from '../../test/support/hasty-clock.ts';
import { pluginContext } from '../../test/support/plugin-context.ts';
import { dirReader } from '../plugins/readers/dir.ts';
import { dirxReader } from '../plugins/readers/dirx.ts';
import { fileReader } from '../plugins/readers/file.ts';
import { fileautoReader } from '../plugins/readers/fileauto.ts';
import { tailxReader } from '../plugins/readers/tailx.ts';

const BUFFER_BYTES = 64;

describe('importPositions', () => {
  let dir: string;
  let meta: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'import-'));
    meta = join(dir, 'meta');
    await mkdir(join(dir, 'logs'));
    path = join(dir, 'logs', 'app.log');
  });

  afterEach(() => rm(dir, { recursive: true }));

  /** Writes a meta folder as the Go program does. */
  async function leave(
    folder: string,
    text: string,
    { delivered, read, cache = 0 }: { delivered: number; read: number; cache?: number },
  ): Promise<void> {
    const bytes = Buffer.from(text);
    const write = Math.min(read, BUFFER_BYTES);
    const buffer = Buffer.alloc(BUFFER_BYTES);
    bytes.copy(buffer, 0, read - write, read);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'file.meta'), `${path}\t${read}\n`);
    const at = write - (read - delivered - cache);
    await writeFile(
      join(folder, 'buf.meta'),
      `read:${at}\nwrite:${write}\nbufsize:${BUFFER_BYTES}\n`,
    );
    await writeFile(join(folder, 'buf.dat'), buffer);
    await writeFile(join(folder, 'cache.dat'), bytes.subarray(delivered, delivered + cache));
  }

  async function textOf(reader: typeof fileReader, log_path: string): Promise<string> {
    const following = new Following(reader, { log_path, meta_path: meta });
    try {
      return await following.rest();
    } finally {
      await following.stop();
    }
  }

  it('goes on right behind what was delivered, wherever that is', async () => {
    const lines = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(), fc.nat(), fc.nat(), async (some, a, b, c) => {
        const text = some.map((line, index) => `${index} ${line}\n`).join('');
        const ends = [
          0,
          ...some.map(
            (_, index) =>
              text
                .split('\n')
                .slice(0, index + 1)
                .join('\n').length + 1,
          ),
        ];
        const delivered = ends[a % ends.length] ?? 0;
        const later = ends.filter((end) => end >= delivered && end - delivered <= BUFFER_BYTES / 2);
        const joined = later[b % later.length] ?? delivered;
        const most = Math.min(text.length - joined, BUFFER_BYTES / 2);
        await writeFile(path, text);
        await leave(meta, text, {
          ...{ delivered, cache: joined - delivered },
          read: joined + (c % (most + 1)),
        });
        expect(await textOf(fileReader, path)).toBe(text.slice(delivered));
      }),
      { numRuns: 40 },
    );
  });

  it('finds the file that was rotated since by its bytes', async () => {
    await writeFile(path, 'one\ntwo\nthree\n');
    await leave(meta, 'one\ntwo\nthree\n', { delivered: 4, read: 14 });
    await rename(path, `${path}.1`);
    await writeFile(path, 'four, which is longer than what was there\n');
    expect(await textOf(fileReader, path)).toBe(
      'two\nthree\nfour, which is longer than what was there\n',
    );
  });

  it('reads again what it cannot be sure of, after a crash between two writes', async () => {
    await writeFile(path, 'one\ntwo\nthree\n');
    await leave(meta, 'one\nTWO\nthree\n', { delivered: 8, read: 14 });
    expect(await textOf(fileReader, path)).toBe('one\ntwo\nthree\n');
  });

  it.each([
    { name: 'file.meta', text: 'nonsense' },
    { name: 'buf.meta', text: 'read:9\nwrite:1\nbufsize:64\n' },
  ])('reads the file whole when $name is broken', async ({ name, text }) => {
    await writeFile(path, 'one\ntwo\n');
    await leave(meta, 'one\ntwo\n', { delivered: 4, read: 8 });
    await writeFile(join(meta, name), text);
    expect(await textOf(fileReader, path)).toBe('one\ntwo\n');
  });

  it('does not read again the files of a folder that were done', async () => {
    const done = join(dir, 'logs', 'a.log');
    await writeFile(done, 'done\n');
    const { ino } = await stat(done);
    await writeFile(path, 'one\ntwo\n');
    await leave(meta, 'one\ntwo\n', { delivered: 4, read: 8 });
    const atMs = new Date(2100, 0, 1).toISOString();
    await writeFile(join(meta, 'file.done.2026-11-25'), `a.log\t${ino}\t5\t${atMs}\n`);
    expect(await textOf(dirReader, join(dir, 'logs'))).toBe('two\n');
  });

  it.each([
    { name: 'dirx', reader: dirxReader, log_path: 'l*' },
    { name: 'fileauto', reader: fileautoReader, log_path: 'logs' },
    { name: 'fileauto of a pattern', reader: fileautoReader, log_path: 'logs/*.log' },
  ])('goes on behind what was delivered for $name', async ({ name, reader, log_path }) => {
    const text = 'one\ntwo\nthree\n';
    await writeFile(path, text);
    const isNested = name !== 'fileauto';
    const folder = join(meta, path.replaceAll('/', '_'));
    await leave(isNested ? folder : meta, text, { delivered: 8, read: 14 });
    expect(await textOf(reader, join(dir, log_path))).toBe('three\n');
  });

  it('reads a file again that has the inode of one that was done, and came later', async () => {
    const later = join(dir, 'logs', 'a.log');
    await writeFile(later, 'later\n');
    const { ino } = await stat(later);
    await writeFile(path, 'one\ntwo\n');
    await leave(meta, 'one\ntwo\n', { delivered: 4, read: 8 });
    const atMs = new Date(2000, 0, 1).toISOString();
    await writeFile(join(meta, 'file.done.2000-01-01'), `a.log\t${ino}\t5\t${atMs}\n`);
    const text = await textOf(dirReader, join(dir, 'logs'));
    expect(text.split('\n').sort()).toEqual(['', 'later', 'two']);
  });

  it('reads nothing twice and leaves nothing out, whenever the first start is cut short', async () => {
    const names = ['a.log', 'b.log', 'c.log'];
    for (const name of names) {
      path = join(dir, 'logs', name);
      const text = `${name} one\n${name} two\n`;
      await writeFile(path, text);
      const folder = join(meta, path.replaceAll('/', '_'));
      await leave(folder, text, { delivered: text.length / 2, read: text.length });
    }
    for (let settled = 0; settled < 10; settled += 1) {
      const [before, positions] = await settledFirst(settled);
      const following = new Following(tailxReader, tailx(), { positions });
      const rest = await following.rest();
      await following.stop();

      const lines = (before + rest).split('\n').slice(0, -1);
      expect(lines.sort()).toEqual(names.map((name) => `${name} two`));
    }
  });

  function tailx() {
    return { log_path: join(dir, 'logs', '*.log'), meta_path: meta };
  }

  /** What a start leaves of which so many batches were settled. */
  async function settledFirst(batches: number): Promise<[string, Map<string, unknown>]> {
    const stop = new AbortController();
    const positions = new Map<string, unknown>();
    const opening = { positions: new Map(), sealed: new Map(), limits: LIMITS };
    const context = pluginContext({ clock: new HastyClock() });
    const reader = tailxReader
      .configure(tailx())
      .open({ ...opening, signal: stop.signal }, context);
    let text = '';
    let count = 0;
    for await (const batch of reader.batches) {
      // One more is read ahead, and lost.
      if (count === batches) break;
      count += 1;
      text += batch.bytes.toString();
      positions.set(batch.source, JSON.parse(JSON.stringify(batch.position)));
      if (text.split('\n').length === 4) break;
    }
    stop.abort();
    return [text, positions];
  }

  it('reads a line again that a reader of patterns had not handed on', async () => {
    const text = 'one\ntwo\nthree\n';
    await writeFile(path, text);
    await leave(join(meta, path.replaceAll('/', '_')), text, { delivered: 8, read: 14 });
    await writeFile(join(meta, 'buf.dat'), JSON.stringify({ [path]: 'two\n' }));
    expect(await textOf(tailxReader, join(dir, 'logs', '*.log'))).toBe('two\nthree\n');
  });
});
