import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { DATA_DIR, lockFolder } from './folder-lock.ts';

const HOLDER = new URL('../../test/support/data-dir-lock.process.ts', import.meta.url);

describe('lockFolder', () => {
  let root: string;
  let dir: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lock-'));
    dir = join(root, 'a', 'data');
  });

  afterEach(() => rm(root, { recursive: true }));

  it('makes the folder for its user alone and says who holds it', async () => {
    const lock = await lockFolder(dir, DATA_DIR, new FakeClock(Date.UTC(2026, 0, 2)));

    expect((await stat(dir)).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(join(dir, 'lock'), 'utf8'))).toEqual({
      pid: process.pid,
      host: hostname(),
      since: '2026-01-02T00:00:00.000Z',
    });
    await lock.release();
  });

  it('refuses a second holder, naming the first and what to do', async () => {
    const lock = await lockFolder(dir, DATA_DIR, new FakeClock(Date.UTC(2026, 0, 2)));

    await expect(lockFolder(dir)).rejects.toMatchObject({
      kind: 'conflict',
      message:
        `data_dir ${dir} is in use by process ${process.pid} on ${hostname()} ` +
        'since 2026-01-02T00:00:00.000Z; stop it or set another data_dir',
    });
    await lock.release();
  });

  it('refuses even when nobody can read who holds it', async () => {
    const lock = await lockFolder(dir);
    await writeFile(join(dir, 'lock'), '{');

    await expect(lockFolder(dir)).rejects.toThrow('is in use by another process; stop it');
    await lock.release();
  });

  it('is free again after a release, which may be asked twice', async () => {
    const first = await lockFolder(dir);
    await first.release();
    await first.release();
    expect(await readdir(dir)).toEqual(['lock.db']);

    const second = await lockFolder(dir);
    await second.release();
  });

  it('is free again when the process that held it is killed', async () => {
    const child = spawn(process.execPath, [fileURLToPath(HOLDER), dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await expect(lockFolder(dir)).rejects.toThrow(`is in use by process ${child.pid ?? 0} on`);

    child.kill('SIGKILL');
    await once(child, 'exit');

    const lock = await lockFolder(dir);
    await lock.release();
  });

  it('refuses a folder that cannot be made', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');

    await expect(lockFolder(join(file, 'data'))).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`data_dir ${file}/data cannot be used: ENOTDIR`),
    });
  });

  it('refuses a lock file that is no database', async () => {
    await writeFile(join(root, 'lock.db'), 'x'.repeat(5_000));

    await expect(lockFolder(root)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining(`${root}/lock.db is damaged`),
    });
  });
});
