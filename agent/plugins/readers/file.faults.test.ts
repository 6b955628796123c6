import { appendFile, chmod, mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFollowings } from '../../../test/support/file-followings.ts';
import type { Following } from '../../../test/support/following.ts';

/** Somebody whom permissions bind, which root is not. */
const NOBODY = 65_534;

describe('fileReader and', () => {
  let dir: string;
  let path: string;
  let followings: FileFollowings;

  beforeEach(async () => {
    followings = await FileFollowings.in('faults-');
    dir = followings.dir;
    await mkdir(join(dir, 'logs'));
    path = join(dir, 'logs', 'app.log');
  });

  afterEach(() => followings.end());

  function follow(positions?: ReadonlyMap<string, unknown>): Following {
    return followings.follow(path, positions);
  }

  describe('files smaller than any fingerprint', () => {
    it('are known by what there is of them, and stay known as they grow over restarts', async () => {
      let positions: ReadonlyMap<string, unknown> = new Map();
      let text = '';
      await writeFile(path, '');
      for (const line of ['a\n', 'b\n', `${'c'.repeat(1500)}\n`, 'd\n']) {
        await appendFile(path, line);
        const following = follow(positions);
        text += await following.lines(1);
        await following.rest(8);
        expect(following.full).toHaveLength(1);
        positions = await following.stop();
      }

      expect(text).toBe(`a\nb\n${'c'.repeat(1500)}\nd\n`);
      expect(positions.size).toBe(1);
    });

    it.each([
      { text: 'b\n', why: 'as long' },
      { text: 'b\na\n', why: 'longer' },
      { text: '\n', why: 'shorter' },
    ])('are others when they begin otherwise after a stop: $why', async ({ text }) => {
      await writeFile(path, 'a\n');
      const first = follow();
      await first.lines(1);
      const positions = await first.stop();

      await writeFile(path, text);

      expect(await follow(positions).rest()).toBe(text);
    });
  });

  describe('a folder that is gone and back', () => {
    it('goes on where it was, when it was away while it read', async () => {
      await writeFile(path, 'one\n');
      const following = follow();
      await following.lines(1);

      await rename(dirname(path), join(dir, 'away'));
      await following.rest(8);
      await rename(join(dir, 'away'), dirname(path));
      await appendFile(path, 'two\n');

      expect(await following.lines(2)).toBe('one\ntwo\n');
    });

    it('reads the files of the one that comes instead from their beginning', async () => {
      await writeFile(path, 'one\n');
      const following = follow();
      await following.lines(1);
      await rm(dirname(path), { recursive: true });
      await following.until('the trouble', () => following.reader.trouble() !== null);

      await mkdir(dirname(path));
      await writeFile(path, 'two\n');

      expect(await following.lines(2)).toBe('one\ntwo\n');
      await following.until('no trouble', () => following.reader.trouble() === null);
    });
  });

  it('permission lost and regained: it says so, waits, and goes on by itself', async () => {
    await chmod(dir, 0o755);
    await writeFile(path, 'one\n');
    const regain = loseRights();
    try {
      const following = follow();
      await following.lines(1);
      await asOwner(async () => {
        await rename(path, `${path}.1`);
        await writeFile(path, 'two\n', { mode: 0 });
      });
      await following.until('the trouble', () => following.reader.trouble() !== null);
      expect(following.reader.trouble()).toBe(`cannot read ${path}: permission denied`);

      await asOwner(() => chmod(path, 0o644));

      expect(await following.lines(2)).toBe('one\ntwo\n');
      await following.until('no trouble', () => following.reader.trouble() === null);
      await following.stop();
    } finally {
      regain();
    }
  });

  describe('a source that shrinks', () => {
    it('is read from its beginning, as a new generation', async () => {
      await writeFile(path, 'one\ntwo\nthree\n');
      const following = follow();
      await following.lines(3);

      await truncate(path, 0);
      await appendFile(path, 'four\n');

      expect(await following.lines(4)).toBe('one\ntwo\nthree\nfour\n');
      expect(following.full.at(-1)?.range).toMatchObject({ generation: 1, start: 0, end: 5 });
    });

    it('to a part of what was read is read again, as nobody can tell what it is', async () => {
      await writeFile(path, 'one\ntwo\nthree\n');
      const first = follow();
      await first.lines(3);
      const positions = await first.stop();

      await truncate(path, 8);

      expect(await follow(positions).rest()).toBe('one\ntwo\n');
    });
  });
});

/** Root is bound by no permission: it becomes somebody who is. */
function loseRights(): () => void {
  if (process.getuid?.() !== 0) return () => undefined;
  process.seteuid?.(NOBODY);
  return () => process.seteuid?.(0);
}

async function asOwner(work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(0);
  try {
    await work();
  } finally {
    process.seteuid?.(NOBODY);
  }
}
