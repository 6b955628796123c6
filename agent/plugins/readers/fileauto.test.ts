import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Following } from '../../../test/support/following.ts';
import { fileautoReader } from './fileauto.ts';

describe('fileautoReader', () => {
  let dir: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'fileauto-'));
    await writeFile(join(dir, 'a.log'), 'a\n');
    await writeFile(join(dir, 'b.txt'), 'b\n');
  });

  afterEach(() => rm(dir, { recursive: true }));

  it.each([
    { path: 'a.log', what: 'a file', lines: ['a'] },
    { path: '', what: 'a folder', lines: ['a', 'b'] },
    { path: '*.log', what: 'a pattern', lines: ['a'] },
  ])('reads $what', async ({ path, lines }) => {
    const following = new Following(fileautoReader, { log_path: join(dir, path) });
    await following.lines(lines.length);
    await following.rest();
    await following.stop();

    expect(following.text.split('\n').slice(0, -1).sort()).toEqual(lines);
  });

  it('waits for a path, and finds out what it is then', async () => {
    const path = join(dir, 'later');
    const following = new Following(fileautoReader, { log_path: path });
    await following.rest();
    expect(following.reader.trouble()).toBe(`waiting for ${path} to appear`);

    await mkdir(path);
    await appendFile(join(path, 'x.log'), 'x\n');
    expect(await following.lines(1)).toBe('x\n');
    await following.stop();
  });

  it.each(['x.tar.gz', 'x.tar', 'x.zip', 'x.tgz'])('refuses %s and says what to do', (name) => {
    expect(() => fileautoReader.configure({ log_path: `/logs/${name}` })).toThrow(
      /log_path: is an archive.*unpack it and name the folder, or pack each file as \.gz/,
    );
  });
});
