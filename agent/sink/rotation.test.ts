import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SinkRig } from '../../test/support/sink-rig.ts';
import { isFull, rotatedPath } from './rotation.ts';

describe('isFull', () => {
  it.each([
    { bytes: 10, ageMs: 0, rotation: { bytesMax: 10, ageMsMax: 0 }, full: true },
    { bytes: 9, ageMs: 1e9, rotation: { bytesMax: 10, ageMsMax: 0 }, full: false },
    { bytes: 1, ageMs: 5, rotation: { bytesMax: 0, ageMsMax: 5 }, full: true },
    { bytes: 0, ageMs: 5, rotation: { bytesMax: 0, ageMsMax: 5 }, full: false },
  ])('is $full of $bytes bytes after $ageMs ms by $rotation', ({ full, rotation, ...age }) => {
    expect(isFull(age, rotation)).toBe(full);
  });
});

describe('a sink file that is rotated', () => {
  let rig: SinkRig;

  beforeEach(async () => {
    rig = await SinkRig.create();
    rig.rotation = { bytesMax: 8, ageMsMax: 0 };
  });

  afterEach(() => rig.remove());

  /** Of all files in the folder, in the order of their names. */
  async function contents(): Promise<string[]> {
    const folder = dirname(rig.path);
    const names = (await readdir(folder)).sort();
    return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  }

  it('is renamed when it is full, before the next batch', async () => {
    for (const text of ['one\n', 'two2\n', 'three3\n', 'x\n', 'four\n']) await rig.write(text);

    expect((await contents()).sort()).toEqual(['four\n', 'one\ntwo2\n', 'three3\nx\n']);
    expect(await rig.content()).toBe('four\n');
  });

  it('never takes the name of a file that is there', async () => {
    for (const text of ['12345678\n', 'abcdefgh\n', 'ABCDEFGH\n', 'x\n']) await rig.write(text);

    const stamped = rotatedPath(rig.path, rig.clock.now());
    expect(await rig.content(stamped)).toBe('12345678\n');
    expect(await rig.content(`${stamped}.1`)).toBe('abcdefgh\n');
    expect(await rig.content(`${stamped}.2`)).toBe('ABCDEFGH\n');
    expect(await rig.content()).toBe('x\n');
  });

  it.each([{ isKept: true }, { isKept: false }])(
    'loses and doubles nothing when the process is killed with a batch in the new file ($isKept)',
    async ({ isKept }) => {
      await rig.write('12345678\n');
      const torn = await rig.append('abc\n');
      if (isKept) await rig.commit(torn);

      rig.restart();
      if (!isKept) await rig.write('abc\n');

      expect((await contents()).sort()).toEqual(['12345678\n', 'abc\n']);
    },
  );

  it('cuts a torn tail off before it renames the file', async () => {
    await rig.write('123456\n');
    await rig.append('torn torn\n');

    rig.restart();
    await rig.write('torn torn\n');
    await rig.write('next\n');

    expect((await contents()).sort()).toEqual(['123456\ntorn torn\n', 'next\n']);
  });

  it('takes a batch back from the new file only', async () => {
    await rig.write('12345678\n');
    await (await rig.append('abc\n')).undo();

    expect((await contents()).sort()).toEqual(['', '12345678\n']);
  });

  it('is renamed when it is old enough', async () => {
    rig.rotation = { bytesMax: 0, ageMsMax: 60_000 };
    rig.clock.advance(Date.now());
    await rig.write('a\n');
    await rig.write('b\n');
    rig.clock.advance(120_000);
    await rig.write('c\n');

    expect((await contents()).sort()).toEqual(['a\nb\n', 'c\n']);
  });
});
