import {
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanSelf, expired } from './clean-self.ts';

describe('expired', () => {
  const files = [
    { name: 'a.log-3', mtimeMs: 3 },
    { name: 'a.log-1', mtimeMs: 1 },
    { name: 'a.log-2', mtimeMs: 2 },
    { name: 'a.log', mtimeMs: 0 },
    { name: 'b.log-1', mtimeMs: 1 },
    { name: '.hidden.log-0', mtimeMs: 0 },
  ];

  it.each([
    { pattern: '*.log-*', keep: 0, names: ['a.log-1', 'b.log-1', 'a.log-2', 'a.log-3'] },
    { pattern: '*.log-*', keep: 1, names: ['a.log-1', 'b.log-1', 'a.log-2'] },
    { pattern: '*.log-*', keep: 4, names: [] },
    { pattern: '*.log-*', keep: 99, names: [] },
    { pattern: 'a.log-?', keep: 1, names: ['a.log-1', 'a.log-2'] },
    { pattern: '{b,c}.log-[12]', keep: 0, names: ['b.log-1'] },
    { pattern: '*.gz', keep: 0, names: [] },
  ])('is $names with $pattern and $keep to keep', ({ pattern, keep, names }) => {
    expect(expired(files, pattern, keep)).toEqual(names);
  });
});

describe('cleanSelf', () => {
  let root = '';
  let dir = '';

  beforeEach(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'clean-self-')));
    dir = join(root, 'run');
    await mkdir(dir);
    await file('run/a.log', 9);
    await file('run/a.log-1', 1);
    await file('run/a.log-2', 2);
    await file('run/a.log-3', 3);
    await file('run/keep.txt', 1);
    await file('outside.log-1', 1);
  });
  afterEach(() => rm(root, { recursive: true }));

  it('deletes what matches, but for the newest, and says how much that was', async () => {
    const cleaned = await cleanSelf({ dir, pattern: '*.log-*', keep: 1 });

    expect(cleaned).toEqual({ count: 2, bytes: 20 });
    expect(await names(dir)).toEqual(['a.log', 'a.log-3', 'keep.txt']);
  });

  it('keeps the files it is told to, whatever the pattern and the way to them', async () => {
    await symlink(dir, join(root, 'link'));
    const except = [join(root, 'link', 'a.log'), join(dir, 'absent.log')];

    await cleanSelf({ dir, pattern: '*', keep: 0, except });

    expect(await names(dir)).toEqual(['a.log']);
  });

  it('works on the folder that a link leads to', async () => {
    await symlink(dir, join(root, 'link'));

    await cleanSelf({ dir: join(root, 'link'), pattern: '*.log-*', keep: 0 });

    expect(await names(dir)).toEqual(['a.log', 'keep.txt']);
  });

  it('touches no folder and no link, and nothing behind them', async () => {
    await mkdir(join(dir, 'b.log-1'));
    await file('run/b.log-1/c.log-1', 1);
    await symlink(join(root, 'outside.log-1'), join(dir, 'd.log-1'));

    await cleanSelf({ dir, pattern: '*', keep: 0 });

    expect(await names(dir)).toEqual(['b.log-1', 'd.log-1']);
    expect(await names(join(dir, 'b.log-1'))).toEqual(['c.log-1']);
    expect(await names(root)).toContain('outside.log-1');
  });

  it.each([
    '../*',
    '..',
    '.',
    '',
    '/etc/*',
    '*/*',
    '**/*',
    String.raw`..\*`,
    'a\0b',
    'x'.repeat(256),
  ])('refuses the pattern %j and deletes nothing', async (pattern) => {
    const cleaning = cleanSelf({ dir, pattern, keep: 0 });

    await expect(cleaning).rejects.toMatchObject({ kind: 'invalid' });
    expect(await names(dir)).toHaveLength(5);
  });

  it('finds nothing in a folder that is not there', async () => {
    const cleaned = await cleanSelf({ dir: join(root, 'absent'), pattern: '*', keep: 0 });

    expect(cleaned).toEqual({ count: 0, bytes: 0 });
  });

  it('says that a folder cannot be read', async () => {
    const cleaning = cleanSelf({ dir: join(dir, 'a.log'), pattern: '*', keep: 0 });

    await expect(cleaning).rejects.toMatchObject({ kind: 'unavailable' });
  });

  async function file(name: string, ageRank: number): Promise<void> {
    await writeFile(join(root, name), '0123456789');
    await utimes(join(root, name), ageRank, ageRank);
  }
});

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).toSorted();
}
