import {
  appendFile,
  mkdir,
  mkdtemp,
  rm,
  rmdir,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { pluginContext } from '../../../test/support/plugin-context.ts';
import type { BatchLimits } from '../plugin.ts';
import { fileReader } from './file.ts';

describe('fileReader', () => {
  let dir: string;
  let path: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'file-reader-'));
    path = join(dir, 'app.log');
    open = [];
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  interface Given {
    readonly positions?: ReadonlyMap<string, unknown>;
    readonly limits?: Partial<BatchLimits>;
    readonly read_from?: string;
  }

  function follow({ read_from = 'oldest', ...given }: Given = {}): Following {
    const following = new Following(fileReader, { log_path: path, read_from }, given);
    open.push(following);
    return following;
  }

  describe('the first line of a file', () => {
    it('goes with every batch that does not begin with it, also after a restart', async () => {
      await writeFile(path, 'id,name\n1,a\n');
      const first = follow({ limits: { lines: 1 } });
      await first.lines(2);
      await first.stop();
      await appendFile(path, '2,b\n');
      const second = follow({ positions: first.positions });
      await second.lines(1);

      const told = [...first.batches, ...second.batches]
        .filter(({ lines }) => lines > 0)
        .map(({ firstLine }) => firstLine?.toString() ?? null);
      expect(told).toEqual([null, 'id,name\n', 'id,name\n']);
    });

    it('is the first one that is not blank', async () => {
      await writeFile(path, '\n \nid,name\n1,a\n');
      const first = follow({ limits: { lines: 1 } });
      await first.lines(4);
      await first.stop();
      await appendFile(path, '2,b\n');
      const second = follow({ positions: first.positions });
      await second.lines(1);

      const told = [...first.batches, ...second.batches]
        .filter(({ lines }) => lines > 0)
        .map(({ firstLine }) => firstLine?.toString() ?? null);
      expect(told).toEqual([null, null, null, 'id,name\n', 'id,name\n']);
    });

    it('is the new one after the file was written anew', async () => {
      await writeFile(path, 'id,name\n1,a\n');
      const following = follow({ limits: { lines: 1 } });
      await following.lines(2);
      await writeFile(path, 'x,y\n1,2\n');
      await following.lines(4);

      expect(following.batches.at(-1)?.firstLine?.toString()).toBe('x,y\n');
    });
  });

  describe('a file that grows', () => {
    it('holds an unfinished last line back and sends it whole once it is finished', async () => {
      await writeFile(path, 'one\ntwo\nthr');
      const following = follow();

      expect(await following.lines(2)).toBe('one\ntwo\n');
      await appendFile(path, 'e');
      expect(await following.rest()).toBe('one\ntwo\n');
      expect(following.reader.lag().bytes).toBe(4);

      await appendFile(path, 'e\n');
      expect(await following.lines(3)).toBe('one\ntwo\nthree\n');
      expect(following.reader.lag().bytes).toBe(0);
    });

    it('waits for a file that is not there, says so, and reads it from its beginning', async () => {
      const following = follow({ read_from: 'newest' });
      await following.rest();
      expect(following.reader.trouble()).toBe(`waiting for ${path} to appear`);

      await writeFile(path, 'one\n');
      expect(await following.lines(1)).toBe('one\n');
      expect(following.reader.trouble()).toBeNull();
    });

    it('has nothing to say of an empty file, and hands out blank lines', async () => {
      await writeFile(path, '');
      const following = follow();
      expect(await following.rest()).toBe('');

      await appendFile(path, '\n\n');
      expect(await following.lines(2)).toBe('\n\n');
    });

    it('keeps one source while a file smaller than its fingerprint grows past it', async () => {
      await writeFile(path, 'a\n');
      const following = follow();
      await following.lines(1);
      for (let i = 0; i < 30; i += 1) {
        await appendFile(path, `${'x'.repeat(99)}\n`);
        await following.lines(i + 2);
      }

      expect(new Set(following.batches.map(({ source }) => source)).size).toBe(1);
      expect(following.batches.at(-1)?.position).toMatchObject({
        generation: 0,
        offset: 3002,
        head: { bytes: 1024 },
      });
    });
  });

  describe('batches', () => {
    const TEN = Array.from({ length: 10 }, (_, i) => `line ${i}\n`);

    it.each<{ limits: Partial<BatchLimits>; sizes: number[]; why: string }>([
      { limits: { lines: 3 }, sizes: [3, 3, 3, 1], why: 'lines' },
      { limits: { bytes: 30 }, sizes: [4, 4, 2], why: 'bytes' },
      { limits: { bytes: 15, lines: 5 }, sizes: [2, 2, 2, 2, 2], why: 'whichever is first' },
      { limits: { bytes: 4 }, sizes: Array<number>(10).fill(1), why: 'a line is never split' },
    ])('are limited by $why', async ({ limits, sizes }) => {
      await writeFile(path, TEN.join(''));
      const following = follow({ limits });

      expect(await following.lines(10)).toBe(TEN.join(''));
      expect(following.full.map(({ lines }) => lines)).toEqual(sizes);
    });

    it('stay full when the first lines are short and the later ones long', async () => {
      const text = 'x\n'.repeat(100) + `${'y'.repeat(5000)}\n`.repeat(100);
      await writeFile(path, text);
      const following = follow({ limits: { lines: 50 } });

      expect(await following.lines(200)).toBe(text);
      expect(following.full.map(({ lines }) => lines)).toEqual([50, 50, 50, 50]);
    });

    it('that are not full wait for more, but not longer than told', async () => {
      await writeFile(path, 'one\n');
      const following = follow({ limits: { lingerMs: 60_000 } });
      const startMs = following.clock.monotonicMs();
      await following.rest();
      await appendFile(path, 'two\n');

      expect(await following.lines(2)).toBe('one\ntwo\n');
      expect(following.batches.map(({ lines }) => lines)).toEqual([0, 2]);
      expect(following.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(60_000);
    });

    it('come no faster than readio_limit allows', async () => {
      await writeFile(path, `${'x'.repeat(1023)}\n`.repeat(4096));
      const following = new Following(fileReader, { log_path: path, readio_limit: '2' });
      open.push(following);
      const startMs = following.clock.monotonicMs();
      await following.lines(4096);

      expect(following.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(1500);
    });

    it('that hold as many lines as allowed do not wait', async () => {
      await writeFile(path, 'one\ntwo\nthree\n');
      const following = follow({ limits: { lines: 2, lingerMs: 3_600_000 } });

      expect(await following.lines(2)).toBe('one\ntwo\n');
      expect(await following.rest()).toBe('one\ntwo\n');
      await appendFile(path, 'four\n');
      expect(await following.lines(4)).toBe('one\ntwo\nthree\nfour\n');
    });

    it('that hold as many bytes as allowed do not wait', async () => {
      await writeFile(path, 'one\ntwo\n');
      const following = follow({ limits: { bytes: 8, lingerMs: 3_600_000 } });

      expect(await following.lines(2)).toBe('one\ntwo\n');
    });
  });

  describe('a line that is too long', () => {
    it('is cut, wherever its end is, and the lines around it are whole', async () => {
      await writeFile(path, `before\n${'x'.repeat(10_000)}\nafter\n`);
      const following = follow({ limits: { lineBytes: 50, bytes: 100 } });

      expect(await following.lines(3)).toBe(`before\n${'x'.repeat(50)}\nafter\n`);
    });

    it('stays one line when the reader stops in the middle of it', async () => {
      await writeFile(path, 'x'.repeat(100));
      const limits = { lineBytes: 50 };
      const first = follow({ limits });
      expect(await first.lines(1)).toBe(`${'x'.repeat(50)}\n`);
      const positions = await first.stop();

      await appendFile(path, 'more of it\nnext\n');
      expect(await follow({ limits, positions }).lines(1)).toBe('next\n');
    });

    it('is whole when it is longer than a batch, but not too long', async () => {
      const line = `${'x'.repeat(500_000)}\n`;
      await writeFile(path, `${line}b\n${line}`);

      expect(await follow({ limits: { bytes: 1000 } }).lines(3)).toBe(`${line}b\n${line}`);
    });

    it('of more than the default limit does not stop the file', async () => {
      await writeFile(path, `${'x'.repeat(3 * 1024 * 1024)}\nafter\n`);

      const text = await follow().lines(2);
      expect(text.length).toBe(1024 * 1024 + 1 + 'after\n'.length);
      expect(text.endsWith('x\nafter\n')).toBe(true);
    });
  });

  describe('read_from newest', () => {
    it('begins after what is there at the very first start, with a position at once', async () => {
      await writeFile(path, 'old\n');
      const following = follow({ read_from: 'newest' });
      await following.until('a position', () => following.positions.size === 1);
      expect(following.batches).toMatchObject([{ lines: 0, position: { offset: 4 } }]);

      const positions = await following.stop();
      await appendFile(path, 'new\n');
      expect(await follow({ read_from: 'newest', positions }).lines(1)).toBe('new\n');
    });

    it('takes a line whole that was being written at the start', async () => {
      await writeFile(path, 'old\nne');
      const following = follow({ read_from: 'newest' });
      await following.until('a position', () => following.positions.size === 1);

      await appendFile(path, 'w\n');
      expect(await following.lines(1)).toBe('new\n');
    });
  });

  it('goes on by itself when what cannot be read can be read again', async () => {
    await writeFile(path, 'one\n');
    const following = follow();
    await following.lines(1);

    await unlink(path);
    await mkdir(path);
    // For a moment there is nothing at all.
    const trouble = `cannot read ${path}: it is not a file`;
    await following.until(trouble, () => following.reader.trouble() === trouble);

    await rmdir(path);
    await writeFile(path, 'two\n');
    expect(await following.lines(2)).toBe('one\ntwo\n');
    expect(following.reader.trouble()).toBeNull();
  });

  it('keeps its file while a link on the way to it leads in circles', async () => {
    await mkdir(join(dir, 'real'));
    await symlink('real', join(dir, 'way'));
    path = join(dir, 'way', 'app.log');
    await writeFile(path, 'one\n');
    const following = follow();
    await following.lines(1);

    await unlink(join(dir, 'way'));
    await symlink('way', join(dir, 'way'));
    await appendFile(join(dir, 'real', 'app.log'), 'two\n');
    expect(await following.lines(2)).toBe('one\ntwo\n');
    await following.until('the trouble', () => following.reader.trouble() !== null);
    expect(following.reader.trouble()).toMatch(/^cannot read .*: too many symbolic links/);

    await unlink(join(dir, 'way'));
    await symlink('real', join(dir, 'way'));
    await appendFile(path, 'three\n');
    expect(await following.lines(3)).toBe('one\ntwo\nthree\n');
    await following.until('no trouble', () => following.reader.trouble() === null);
  });

  describe('its configuration', () => {
    it('is refused for a file that is not there, in the words of the original', async () => {
      const check = fileReader.configure({ log_path: path }).check(pluginContext());

      await expect(check).rejects.toMatchObject({
        kind: 'not_found',
        message: `runner[r1] ${path} - utils.GetRealPath failed, err:lstat ${path}: no such file or directory`,
      });
    });

    it('is accepted for a file that is there', async () => {
      await writeFile(path, '');
      const configured = fileReader.configure({ log_path: path, meta_path: '/x' });

      await expect(configured.check(pluginContext())).resolves.toBeUndefined();
      expect(configured.readPaths()).toEqual([path, '/x']);
    });

    it.each([
      { options: {}, says: 'log_path: is required' },
      {
        options: { log_path: '/x', stat_interval: '3' },
        says: 'stat_interval: must be a duration',
      },
      { options: { log_path: '/x', max_open_files: '0' }, says: 'max_open_files' },
    ])('is refused when wrong: $says', ({ options, says }) => {
      expect(() => fileReader.configure(options)).toThrow(says);
    });
  });
});
