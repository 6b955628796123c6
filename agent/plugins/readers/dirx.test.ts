import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PluginOptions } from '../../../shared/domain/runner-config.ts';
import { Following } from '../../../test/support/following.ts';
import { dirxReader } from './dirx.ts';

describe('dirxReader', () => {
  let dir: string;
  let open: Following[];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'dirx-'));
    open = [];
    for (const name of ['a', 'b']) await mkdir(join(dir, name, 'log'), { recursive: true });
    await writeFile(join(dir, 'file'), 'no folder\n');
  });

  afterEach(async () => {
    await Promise.all(open.map((following) => following.stop()));
    await rm(dir, { recursive: true });
  });

  function follow(options: PluginOptions = {}): Following {
    const following = new Following(dirxReader, { log_path: join(dir, '*', 'log'), ...options });
    open.push(following);
    return following;
  }

  it('reads the files of all folders that match, and of those that come later', async () => {
    await writeFile(join(dir, 'a/log/x'), 'a\n');
    await writeFile(join(dir, 'b/log/x'), 'b\n');
    await writeFile(join(dir, 'b/log/.hidden'), 'hidden\n');
    const following = follow();
    await following.lines(2);
    await mkdir(join(dir, 'c/log'), { recursive: true });
    await writeFile(join(dir, 'c/log/x'), 'c\n');

    await following.lines(3);
    expect(following.text.split('\n').sort()).toEqual(['', 'a', 'b', 'c']);
    expect(following.reader.trouble()).toBeNull();
  });

  it('leaves out folders and files that are to be ignored', async () => {
    await writeFile(join(dir, 'a/log/x'), 'a\n');
    await writeFile(join(dir, 'b/log/x'), 'b\n');
    await writeFile(join(dir, 'b/log/y'), 'y\n');
    const following = follow({ ignore_log_path: `${join(dir, 'a/*')},${join(dir, '*/log/y')}` });

    expect(await following.rest()).toBe('b\n');
  });

  it('goes on where it was when a folder is gone for a while', async () => {
    await writeFile(join(dir, 'a/log/x'), 'one\n');
    const following = follow();
    await following.lines(1);
    await following.rest(8);
    await rename(join(dir, 'a'), join(dir, 'elsewhere'));
    await rename(join(dir, 'elsewhere'), join(dir, 'a'));
    await appendFile(join(dir, 'a/log/x'), 'two\n');

    expect(await following.lines(2)).toBe('one\ntwo\n');
  });

  it('says that nothing matches', async () => {
    const following = follow({ log_path: join(dir, 'none*') });
    await following.rest();

    expect(following.reader.trouble()).toBe(`waiting for folders that match ${join(dir, 'none*')}`);
  });
});
