import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepAside } from './torn-tail.ts';

const MIB = 1024 * 1024;

describe('keepAside', () => {
  let folder: string;
  let kept: string;
  let path: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tail-'));
    kept = join(folder, 'kept');
    path = join(folder, 'app.log');
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('copies just the tail', async () => {
    await writeFile(path, '0123456789');

    const copy = await keepAside({ path, from: 3, to: 8 }, kept, 7);

    expect(copy).toBe(join(kept, 'app.log-7.tail'));
    expect(await readFile(copy, 'utf8')).toBe('34567');
    expect(await readFile(path, 'utf8')).toBe('0123456789');
  });

  it('keeps no more of a long tail than its limit', async () => {
    await writeFile(path, 'x');
    await truncate(path, 65 * MIB);

    const copy = await keepAside({ path, from: 0, to: 65 * MIB }, kept, 7);

    expect((await readFile(copy)).length).toBe(64 * MIB);
  });

  it('drops the oldest tails when there is too much of them, and no other file', async () => {
    await mkdir(kept);
    for (const [name, age] of [
      ['old-1.tail', 1],
      ['newer-2.tail', 2],
      ['notes.txt', 0],
    ] as const) {
      await writeFile(join(kept, name), '');
      await truncate(join(kept, name), 40 * MIB);
      await utimes(join(kept, name), age, age);
    }
    await writeFile(path, 'tail');

    await keepAside({ path, from: 0, to: 4 }, kept, 7);

    expect((await readdir(kept)).sort()).toEqual(['app.log-7.tail', 'newer-2.tail', 'notes.txt']);
  });

  it('is not kept from it by a tail that is gone before it was looked at', async () => {
    await mkdir(kept);
    await symlink(join(kept, 'gone'), join(kept, 'old-1.tail'));
    await writeFile(path, 'tail');

    const copy = await keepAside({ path, from: 0, to: 4 }, kept, 7);

    expect(await readFile(copy, 'utf8')).toBe('tail');
  });

  it('fails when the tail cannot be read', async () => {
    await expect(keepAside({ path, from: 0, to: 4 }, kept, 7)).rejects.toThrow('ENOENT');
  });
});
