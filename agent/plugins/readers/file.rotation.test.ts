import {
  appendFile,
  copyFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFollowings } from '../../../test/support/file-followings.ts';
import type { Following } from '../../../test/support/following.ts';

describe('fileReader, when files are moved or written anew,', () => {
  let dir: string;
  let path: string;
  let followings: FileFollowings;

  beforeEach(async () => {
    followings = await FileFollowings.in('rotation-');
    dir = followings.dir;
    path = join(dir, 'app.log');
  });

  afterEach(() => followings.end());

  function follow(positions?: ReadonlyMap<string, unknown>): Following {
    return followings.follow(path, positions);
  }

  describe('rotation by renaming', () => {
    it('loses and doubles nothing, with writes to the renamed file after the rename', async () => {
      await writeFile(path, 'one\n');
      const following = follow();
      await following.lines(1);

      await appendFile(path, 'two\n');
      await rename(path, `${path}.1`);
      await appendFile(`${path}.1`, 'three\n');
      await writeFile(path, 'five\n');
      await appendFile(`${path}.1`, 'four\n');

      expect(await following.lines(5)).toBe('one\ntwo\nthree\nfour\nfive\n');
      await appendFile(`${path}.1`, 'late\n');
      await appendFile(path, 'six\n');
      await following.lines(7);
      expect(following.text.split('\n').sort()).toEqual(
        ['one', 'two', 'three', 'four', 'five', 'late', 'six', ''].sort(),
      );
      expect(new Set(following.batches.map(({ source }) => source)).size).toBe(2);
    });

    it('ends an unfinished last line once the old file is quiet', async () => {
      await writeFile(path, 'one\ntw');
      const following = follow();
      await following.lines(1);
      await following.rest();

      await rename(path, `${path}.1`);
      expect(await following.lines(2)).toBe('one\ntw\n');
    });

    it('drains a file that was deleted', async () => {
      await writeFile(path, 'one\n');
      const following = follow();
      await following.lines(1);

      await appendFile(path, 'two\nend');
      await unlink(path);
      await writeFile(path, 'new\n');

      expect(await following.lines(4)).toBe('one\ntwo\nend\nnew\n');
    });

    it('reads what is written to the old file late, and forgets it once it is deleted', async () => {
      await writeFile(path, 'old\n');
      const following = follow();
      await following.lines(1);
      await rename(path, `${path}.1`);
      await writeFile(path, 'new\n');
      await following.lines(2);
      await following.rest(400);
      await appendFile(`${path}.1`, 'late\n');
      expect(await following.lines(3)).toBe('old\nnew\nlate\n');

      await rm(`${path}.1`);
      await following.rest(400);
      await appendFile(path, 'newer\n');
      await following.lines(4);
      expect([...following.positions.keys()]).toEqual([following.batches.at(-1)?.source]);
    });

    it('survives many rotations while lines are written all the time', async () => {
      await writeFile(path, '');
      const following = follow();
      let written = '';
      for (let rotation = 0; rotation < 20; rotation += 1) {
        for (let i = 0; i < 20; i += 1) {
          const line = `${rotation}-${i}\n`;
          written += line;
          await appendFile(path, line);
        }
        await following.until('the file to be open', () => following.batches.length > 0);
        await rename(path, `${path}.${rotation}`);
        await writeFile(path, '');
        // Quicker than this, a file could come and go unseen.
        await following.rest(8);
      }

      expect((await following.lines(400)).split('\n').sort()).toEqual(written.split('\n').sort());
    });

    it('reads what a link leads to, and what it leads to next', async () => {
      await writeFile(join(dir, 'a'), 'one\n');
      await writeFile(join(dir, 'b'), 'two\n');
      await symlink('a', path);
      const following = follow();
      await following.lines(1);

      await symlink('b', `${path}.new`);
      await rename(`${path}.new`, path);
      expect(await following.lines(2)).toBe('one\ntwo\n');
    });
  });

  describe('going on after a stop', () => {
    it('resumes where the last settled batch ended', async () => {
      await writeFile(path, 'one\ntwo\n');
      const first = follow();
      await first.lines(2);
      const positions = await first.stop();
      await appendFile(path, 'three\n');

      const second = follow(positions);
      expect(await second.lines(1)).toBe('three\n');
      expect(second.batches[0]?.source).toBe(first.batches[0]?.source);
    });

    it('drains the file that was renamed meanwhile, then reads the new one', async () => {
      await writeFile(path, 'one\n');
      const first = follow();
      await first.lines(1);
      const positions = await first.stop();
      await appendFile(path, 'two\n');
      await rename(path, `${path}.1`);
      await writeFile(path, 'three\n');

      const second = follow(positions);
      expect(await second.lines(2)).toBe('two\nthree\n');
      expect(second.batches[0]?.source).toBe(first.batches[0]?.source);
      expect(second.batches[1]?.source).not.toBe(first.batches[0]?.source);
    });

    it('forgets a file that was deleted meanwhile', async () => {
      await writeFile(path, 'one\n');
      const first = follow();
      await first.lines(1);
      const positions = await first.stop();
      await writeFile(join(dir, 'other'), 'new\n');
      await rename(join(dir, 'other'), path);

      const second = follow(positions);
      expect(await second.lines(1)).toBe('new\n');
      expect([...second.positions.keys()]).toEqual([second.batches[0]?.source]);
    });

    it('forgets files that vanished while down, also those that it does not follow', async () => {
      await writeFile(path, 'one\n');
      await writeFile(join(dir, 'kept.log'), 'kept\n');
      const first = follow();
      await first.lines(1);
      const [entry] = await first.stop();
      const other = (name: string, ino: string) =>
        [name, Object.assign({}, entry?.[1], { ino, path: join(dir, name) })] as const;
      const { ino } = await stat(join(dir, 'kept.log'));
      const known = [other('kept.log', String(ino)), other('vanished.log', '1')];
      await writeFile(join(dir, 'kept.log'), 'one\n');
      await appendFile(path, 'two\n');

      const second = follow(new Map([...known, ...(entry ? [entry] : [])]));
      await second.lines(1);
      expect([...second.positions.keys()]).toEqual(['kept.log', entry?.[0]]);
    });

    it('reads a file from 0 whose position is not readable, and says so', async () => {
      await writeFile(path, 'one\n');

      const following = follow(new Map([['source-1', { offset: 'far' }]]));
      expect(await following.lines(1)).toBe('one\n');
    });
  });

  describe('truncation', () => {
    it.each([
      { after: 'new\n', why: 'shorter than before' },
      { after: 'new one\n', why: 'as long as before' },
      { after: 'new one\nand two\n', why: 'longer than before' },
    ])('starts over while running when the file is $why', async ({ after }) => {
      await writeFile(path, 'old one\n');
      const following = follow();
      await following.lines(1);
      await following.rest();

      await copyFile(path, `${path}.1`);
      await truncate(path);
      await appendFile(path, after);

      expect(await following.lines(after.split('\n').length)).toBe(`old one\n${after}`);
      expect(following.batches.at(-1)).toMatchObject({
        source: following.batches[0]?.source,
        position: { generation: 1, offset: after.length },
      });
    });

    it.each([
      { after: 'new\n', why: 'shorter than before' },
      { after: 'new one\n', why: 'as long as before' },
      { after: 'new one\nand two\n', why: 'longer than before' },
    ])('starts over after a stop when the file is $why', async ({ after }) => {
      await writeFile(path, 'old one\n');
      const first = follow();
      await first.lines(1);
      const positions = await first.stop();
      await truncate(path);
      await appendFile(path, after);

      const second = follow(positions);
      expect(await second.lines(after.split('\n').length - 1)).toBe(after);
      expect(second.batches.at(-1)).toMatchObject({ position: { generation: 1 } });
    });

    it('gives an unfinished line up with the file it was in', async () => {
      await writeFile(path, 'old\nunfinished');
      const following = follow();
      await following.lines(1);
      await following.rest();
      await truncate(path);
      await appendFile(path, 'new line which\n');

      expect(await following.lines(2)).toBe('old\nnew line which\n');
    });
  });

  it('takes a reused inode at the same path for a file that starts anew', async () => {
    await writeFile(path, 'one\n');
    const first = follow();
    await first.lines(1);
    const [entry] = await first.stop();
    if (entry === undefined) throw new Error('no position was settled');
    const [source, position] = entry;

    // The same device and inode, other first bytes: what a file system makes of a quick rewrite.
    const stale = Object.assign({}, position, { head: { bytes: 4, crc: 1 } });
    const second = follow(new Map([[source, stale]]));
    expect(await second.lines(1)).toBe('one\n');
    expect(second.batches[0]?.position).toMatchObject({ generation: 1 });
  });
});
