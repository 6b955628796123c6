import { readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SinkRig } from '../../test/support/sink-rig.ts';

describe('a sink file after its process was killed', () => {
  let rig: SinkRig;
  let folder: string;
  let path: string;

  beforeEach(async () => {
    rig = await SinkRig.create();
    ({ folder, path } = rig);
  });

  afterEach(() => rig.remove());

  it('cuts off the batch that was not committed, and keeps it aside', async () => {
    await rig.write('one\n');
    await rig.append('torn');
    rig.restart();

    await rig.write('two\n');

    expect(await rig.content()).toBe('one\ntwo\n');
    const copy = join(folder, 'kept', 'app.log-5000.tail');
    expect(await rig.content(copy)).toBe('torn');
    expect(rig.logged).toMatchObject([{ path, bytes: 4, copy, level: 40 }]);
  });

  it('cuts off the very first batch of a file, too', async () => {
    await rig.append('torn');
    rig.restart();

    await rig.write('one\n');

    expect(await rig.content()).toBe('one\n');
  });

  it('cuts off the first batch of a file that took the place of a rotated one', async () => {
    await rig.write('one\n');
    await rename(path, `${path}.1`);
    await rig.append('torn');
    rig.restart();

    await rig.write('two\n');

    expect(await rig.content()).toBe('two\n');
    expect(await rig.content(`${path}.1`)).toBe('one\n');
  });

  it('cuts off the torn tail of a file that was renamed meanwhile', async () => {
    await rig.write('one\n');
    await rig.append('torn');
    rig.restart();
    await rename(path, `${path}.1`);

    await rig.write('two\n');

    expect(await rig.content(`${path}.1`)).toBe('one\n');
    expect(await rig.content()).toBe('two\n');
    expect(rig.logged).toMatchObject([{ path: `${path}.1`, bytes: 4 }]);
  });

  it('finds the file that was renamed also beside one that cannot be looked at', async () => {
    await rig.write('one\n');
    await rig.append('torn');
    rig.restart();
    await rename(path, `${path}.1`);
    await symlink('a-circle', join(dirname(path), 'a-circle'));

    await rig.write('two\n');

    expect(await rig.content(`${path}.1`)).toBe('one\n');
    expect(await rig.content()).toBe('two\n');
  });

  it('leaves alone what others write to a file after it was rotated', async () => {
    await rig.write('one\n');
    await rename(path, `${path}.1`);
    await writeFile(`${path}.1`, 'one\ntheirs\n');
    await rig.write('two\n');

    expect(await rig.content(`${path}.1`)).toBe('one\ntheirs\n');
  });

  it('keeps the tails of two files of one name apart', async () => {
    const other = join(folder, 'other', 'app.log');
    for (const file of [path, other]) await rig.append(`torn ${file}`, file);
    rig.restart();

    await Promise.all([path, other].map(async (file) => rig.write('x\n', file)));

    expect(await readdir(join(folder, 'kept'))).toEqual(['app.log-5000.tail', 'app.log-5001.tail']);
  });

  it('appends to a file that took the place of the committed one', async () => {
    await rig.write('one\ntwo\n');
    await rm(path);
    await writeFile(path, 'theirs, and longer\n');
    rig.restart();

    await rig.write('three\n');

    expect(await rig.content()).toBe('theirs, and longer\nthree\n');
    expect(rig.logged).toEqual([]);
  });

  it('appends to a file that somebody has cut, and says so once', async () => {
    await rig.write('one\ntwo\n');
    await truncate(path, 4);
    rig.restart();

    await rig.write('three\n');
    await rig.write('four\n');

    expect(await rig.content()).toBe('one\nthree\nfour\n');
    expect(rig.logged).toMatchObject([{ path, bytes: 4, committedBytes: 8 }]);
  });

  it('does not cut what it cannot keep aside', async () => {
    await rig.write('one\n');
    await rig.append('torn');
    await writeFile(join(folder, 'kept'), 'a file where the folder should be');
    rig.restart();

    await expect(rig.append('two\n')).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await rig.content()).toBe('one\ntorn');

    await rm(join(folder, 'kept'));
    await rig.write('two\n');
    expect(await rig.content()).toBe('one\ntwo\n');
  });
});
