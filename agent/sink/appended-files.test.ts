import { execFile } from 'node:child_process';
import {
  appendFile,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SinkRig } from '../../test/support/sink-rig.ts';

describe('createSinkFiles', () => {
  let rig: SinkRig;
  let folder: string;
  let path: string;

  beforeEach(async () => {
    rig = await SinkRig.create();
    ({ folder, path } = rig);
  });

  afterEach(() => rig.remove());

  it('makes the file and its folders, appends, and says where the file ends now', async () => {
    await rig.write('one\n');
    const second = await rig.append('two\n');

    const { dev, ino } = await stat(path, { bigint: true });
    expect(second.positions).toEqual([{ path, identity: `${dev}-${ino}`, size: 8 }]);
    expect(await rig.content()).toBe('one\ntwo\n');
    await rig.commit(second);
  });

  it('appends to what is there, and cuts nothing off a file that it never committed', async () => {
    await mkdir(join(folder, 'out'));
    await writeFile(path, 'theirs\n');

    await rig.write('ours\n');

    expect(await rig.content()).toBe('theirs\nours\n');
    expect(rig.logged).toEqual([]);
  });

  it('takes a batch back', async () => {
    await rig.write('one\n');
    const second = await rig.append('two\n');

    await second.undo();
    await second.undo();
    second.committed();

    expect(await rig.content()).toBe('one\n');
    await rig.write('three\n');
    expect(await rig.content()).toBe('one\nthree\n');
  });

  it('takes nothing back that is committed', async () => {
    const batch = await rig.append('one\n');
    await rig.commit(batch);

    await batch.undo();

    expect(await rig.content()).toBe('one\n');
  });

  it('leaves a batch where somebody else wrote after it, and says so', async () => {
    const batch = await rig.append('one\n');
    await appendFile(path, 'theirs\n');

    await batch.undo();

    expect(await rig.content()).toBe('one\ntheirs\n');
    expect(rig.logged).toMatchObject([{ path, bytes: 4, level: 40 }]);
  });

  it('lets the next batch of a path wait until the one before is settled', async () => {
    const first = await rig.append('first\n');
    const log: string[] = [];
    const next = (async () => {
      const acceptance = await rig.append('second\n');
      log.push('second', await rig.content());
      await rig.commit(acceptance);
    })();

    await rig.write('elsewhere\n', join(folder, 'other.log'));
    log.push('still waiting', await rig.content());
    await first.undo();
    await next;

    expect(log).toEqual(['still waiting', 'first\n', 'second', 'second\n']);
  });

  it('never mixes the batches of two writers', async () => {
    const lines = 200;
    const writers = ['a', 'b'].map(async (letter) => {
      for (let batch = 0; batch < 20; batch += 1) {
        await rig.write(`${letter.repeat(60)}\n`.repeat(lines));
      }
    });

    await Promise.all(writers);

    const letters = (await rig.content())
      .trimEnd()
      .split('\n')
      .map((line) => line[0]);
    expect(letters).toHaveLength(2 * 20 * lines);
    for (let start = 0; start < letters.length; start += lines) {
      expect(new Set(letters.slice(start, start + lines)).size).toBe(1);
    }
  });

  it('takes two spellings of a path for one file', async () => {
    await mkdir(join(folder, 'out'));
    await symlink(path, join(folder, 'link.log'));
    const first = await rig.append('one\n', join(folder, 'link.log'));
    const second = rig.append('two\n', join(folder, 'out', '.', 'app.log'));

    expect(first.positions).toMatchObject([{ path }]);
    await rig.commit(first);
    await rig.commit(await second);

    expect(await rig.content()).toBe('one\ntwo\n');
  });

  it('stops waiting when told to, and the path goes on', async () => {
    const stop = new AbortController();
    const first = await rig.append('one\n');
    const waiting = rig.append('never\n', path, stop.signal);
    stop.abort();

    await expect(waiting).rejects.toMatchObject({ kind: 'unavailable', message: 'aborted' });
    await rig.commit(first);
    await rig.write('two\n');

    expect(await rig.content()).toBe('one\ntwo\n');
    expect(rig.clock.sleepers).toBeLessThanOrEqual(1);
  });

  it('does not wait for ever', async () => {
    const first = await rig.append('one\n');
    const waiting = rig.append('two\n');
    await expect.poll(() => rig.clock.sleepers).toBe(1);
    rig.clock.advance(60_000);

    await expect(waiting).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('has waited 60 s to be committed'),
    });
    await rig.commit(first);
  });

  it('follows the path when the file is rotated away', async () => {
    await rig.write('one\n');
    await rename(path, `${path}.1`);
    await rig.write('two\n');

    expect(await rig.content(`${path}.1`)).toBe('one\n');
    expect(await rig.content()).toBe('two\n');
  });

  it('takes a batch back from the file that it went to, though that was rotated away', async () => {
    await rig.write('one\n');
    const second = await rig.append('two\n');
    await rename(path, `${path}.1`);

    await second.undo();

    expect(await rig.content(`${path}.1`)).toBe('one\n');
  });

  it('writes at the end of a file that was cut while it was open', async () => {
    await rig.write('one\n');
    await truncate(path, 0);
    await rig.write('two\n');

    expect(await rig.content()).toBe('two\n');
  });

  it('makes the folder again when that is gone', async () => {
    await rig.write('one\n');
    await rm(join(folder, 'out'), { recursive: true });
    await rig.write('two\n');

    expect(await rig.content()).toBe('two\n');
  });

  it.each([
    { name: 'folder', why: 'EISDIR', make: (at: string) => mkdir(at) },
    { name: 'file/app.log', why: 'ENOTDIR', make: (at: string) => writeFile(join(at, '..'), '') },
  ])('says why it cannot append ($why), and can when it is mended', async ({ name, why, make }) => {
    const at = join(folder, name);
    await make(at);

    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await expect(rig.append('one\n', at)).rejects.toMatchObject({
        kind: 'unavailable',
        message: expect.stringMatching(new RegExp(`^cannot append to ${at}: ${why}`)),
      });
    }

    await rm(join(folder, name.split('/')[0] ?? ''), { recursive: true });
    await rig.write('one\n', at);
    expect(await rig.content(at)).toBe('one\n');
  });

  it('takes back what it wrote of a batch before the disk had no more room', async () => {
    const script = join(import.meta.dirname, '../../test/support/sink-quota.process.ts');
    const command = 'ulimit -f 8 && exec "$0" "$1"';
    const { stdout } = await promisify(execFile)('bash', ['-c', command, process.execPath, script]);

    expect(JSON.parse(stdout)).toEqual({
      failure: expect.stringMatching(/^cannot append to .*app\.log: EFBIG/),
      sizeAfterFailure: 6_000,
      isWhole: true,
    });
  });

  it('has taken nothing when the bytes cannot be brought onto the disk', async () => {
    rig.isSynced = true;
    await rig.write('one\n');
    await using handle = await open(path, 'r');
    const sync = vi.spyOn(Object.getPrototypeOf(handle), 'datasync');
    sync.mockRejectedValueOnce(new Error('EIO: i/o error, fdatasync'));

    await expect(rig.append('two\n')).rejects.toMatchObject({
      kind: 'unavailable',
      message: `cannot append to ${path}: EIO: i/o error, fdatasync`,
    });
    expect(await rig.content()).toBe('one\n');

    await rig.write('three\n');
    expect(await rig.content()).toBe('one\nthree\n');
    sync.mockRestore();
  });

  it.each([
    { isSynced: true, syncs: 2 },
    { isSynced: false, syncs: 0 },
  ])('syncs $syncs times for two batches when asked: $isSynced', async ({ isSynced, syncs }) => {
    rig.isSynced = isSynced;
    await using handle = await open(folder, 'r');
    const sync = vi.spyOn(Object.getPrototypeOf(handle), 'datasync');

    await rig.write('one\n');
    await rig.write('two\n');

    expect(sync).toHaveBeenCalledTimes(syncs);
    sync.mockRestore();
  });

  it('refuses what is no regular file', async () => {
    await expect(rig.append('x', '/dev/null')).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'cannot append to /dev/null: it is no regular file',
    });
  });

  it('writes to more files than it keeps open', async () => {
    const paths = Array.from({ length: 150 }, (_, index) => join(folder, 'many', `${index}.log`));
    for (const round of ['a\n', 'b\n']) {
      for (const file of paths) await rig.write(round, file);
    }

    expect(await Promise.all(paths.map((file) => rig.content(file)))).toEqual(
      paths.map(() => 'a\nb\n'),
    );
    const openNow = await readdir('/proc/self/fd').then(({ length }) => length);
    expect(openNow).toBeLessThan(64 + 50);
  });

  it('appends nothing once it is closed', async () => {
    await rig.write('one\n');
    await rig.files.close();

    await expect(rig.append('two\n')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await rig.content()).toBe('one\n');
  });
});
