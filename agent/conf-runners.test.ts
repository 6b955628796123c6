import { appendFile, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lostAndDoubled, numberedLines } from '../test/support/lines.ts';
import { RunnersRig } from '../test/support/runners-rig.ts';

const WHOLE = { lost: 0, doubled: 0, strange: 0 };
const BROKEN = '{ "reader": ';
const REFUSED = 'runner configuration cannot be used';

let rig: RunnersRig;

beforeEach(async () => {
  rig = await RunnersRig.create();
});

afterEach(() => rig.remove());

function names(): string[] {
  return rig.runners.view.names().toSorted();
}

function refusals(): number {
  return rig.logged.filter(({ msg }) => msg === REFUSED).length;
}

describe('a file of the user', () => {
  it('runs under the name in it, or the name of the file', async () => {
    const nameless = { ...rig.config('r2'), name: undefined };
    await rig.changed(
      await rig.conf('a.conf', rig.config('r1')),
      await rig.conf('r2.conf', nameless),
    );
    await rig.waitForLines(100, 'r1');
    await rig.waitForLines(100, 'r2');

    expect(names()).toEqual(['r1', 'r2']);
    expect(rig.runners.view.config('r1')).toMatchObject({ web_folder: false });
    expect(await readdir(rig.dir)).not.toContain('rest');
  });

  it('goes on where it was when it changes, and when it is gone for a while', async () => {
    const path = await rig.conf('a.conf', rig.config());
    await rig.changed(path);
    await rig.waitForLines(100);
    await rig.conf('a.conf', rig.config('r1', { batch_len: 7 }));
    await rig.changed(path);
    expect(rig.runners.view.config('r1')).toMatchObject({ batch_len: 7 });

    await rig.gone(path);
    expect(names()).toEqual([]);
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.changed(path);
    await rig.waitForLines(110);
    expect(lostAndDoubled(await rig.lines(), 110)).toEqual(WHOLE);
  });

  it('leaves its last good runner at work while it is broken', async () => {
    const path = await rig.conf('a.conf', rig.config());
    await rig.changed(path);
    await rig.conf('a.conf', BROKEN);
    await rig.changed(path);
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.waitForLines(110);

    expect(rig.status()?.error).toContain(`${path}:1:`);
    expect(refusals()).toBe(1);
    await rig.conf('a.conf', rig.config());
    await rig.changed(path);
    expect(rig.status()?.error).toBeUndefined();
  });

  it('stays broken in what is shown when its runner is stopped and started', async () => {
    const path = await rig.conf('a.conf', rig.config());
    await rig.changed(path);
    await rig.conf('a.conf', BROKEN);
    await rig.changed(path);
    await rig.runners.stop('r1');
    await rig.runners.start('r1');

    expect(rig.status()).toMatchObject({
      runningStatus: 'running',
      error: expect.stringContaining(path),
    });
  });

  it('ends the runner of the old name when the name in it changes', async () => {
    const path = await rig.conf('a.conf', rig.config('old'));
    await rig.changed(path);
    await rig.waitForLines(100, 'old');
    await rig.conf('a.conf', rig.config('new'));
    await rig.changed(path);
    await rig.waitForLines(100, 'new');
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.waitForLines(110, 'new');

    expect(names()).toEqual(['new']);
    expect(await rig.lines('old')).toHaveLength(100);
  });

  it('was broken at first and is mended under another name: only that one is left', async () => {
    const path = await rig.conf('a.conf', BROKEN);
    await rig.changed(path);
    expect(rig.status('a')).toMatchObject({
      runningStatus: 'stopped',
      error: expect.stringContaining(path),
    });
    await rig.conf('a.conf', rig.config('r1'));
    await rig.changed(path);

    expect(names()).toEqual(['r1']);
    await rig.waitForLines(100);
  });

  it('gives its name to the file that it is renamed to', async () => {
    const path = await rig.conf('a.conf', rig.config());
    await rig.changed(path);
    await rig.waitForLines(100);
    const other = join(rig.confsDir, 'b.conf');
    await rename(path, other);
    await rig.confs.apply({ changed: [other], gone: [path], troubles: [] });

    expect(Object.keys(rig.runners.view.configs())).toEqual([other]);
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.waitForLines(110);
  });

  it.each([
    { name: 'a/b', says: 'is not allowed' },
    { name: 7, says: 'name: ' },
  ])('cannot have the name $name', async ({ name, says }) => {
    const path = await rig.conf('a.conf', { ...rig.config(), name });
    await rig.changed(path);

    expect(names()).toEqual(['a']);
    expect(rig.status('a')?.error).toContain(says);
  });

  it('is refused when it is longer than a megabyte', async () => {
    await rig.changed(await rig.conf('a.conf', ' '.repeat(1024 * 1024 + 1)));

    expect(rig.status('a')?.error).toContain('is longer than 1048576 bytes');
  });
});

describe('a name that two want', () => {
  it('is the first file’s, and the second’s when that is gone', async () => {
    const first = await rig.conf('a.conf', rig.config());
    const second = await rig.conf('b.conf', rig.config('r1', { batch_len: 5 }));
    await rig.changed(first, second);
    for (let look = 0; look < 3; look += 1) await rig.changed();

    expect(rig.runners.view.config('r1')).not.toHaveProperty('batch_len');
    expect(rig.status()?.error).toBeUndefined();
    expect(refusals()).toBe(1);
    await rig.gone(first);
    await rig.waitForLines(100);
    expect(rig.runners.view.config('r1')).toMatchObject({ batch_len: 5 });
  });

  it('is the API’s while it has it', async () => {
    await rig.add();
    const path = await rig.conf('a.conf', rig.config('r1', { batch_len: 5 }));
    await rig.changed(path);
    expect(rig.logged.at(-1)).toMatchObject({
      msg: REFUSED,
      path,
      reason: `runner name "r1" already used by ${join(rig.restDir, 'r1.conf')}`,
    });

    await rig.runners.remove('r1', false);
    await rig.changed();
    expect(rig.runners.view.config('r1')).toMatchObject({ batch_len: 5 });
    await expect(rig.add()).rejects.toThrow('forkRunner r1 error runner name "r1" already used');
  });
});

describe('the API and a file of the user', () => {
  let path: string;

  beforeEach(async () => {
    path = await rig.conf('a.conf', rig.config());
    await rig.changed(path);
    await rig.waitForLines(100);
  });

  it('leaves the file alone and names it, unless it is forced', async () => {
    const text = await readFile(path, 'utf8');
    const message = `runner r1 comes from the file ${path}: change that file, or add force=true`;

    await expect(rig.runners.update('r1', rig.config(), false)).rejects.toThrow(message);
    await expect(rig.runners.remove('r1', false)).rejects.toThrow(message);
    expect(await readFile(path, 'utf8')).toBe(text);
    expect(rig.status()?.runningStatus).toBe('running');
  });

  it('overwrites the file when it is forced', async () => {
    await rig.runners.update('r1', rig.config('r1', { batch_len: 7 }), true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ name: 'r1', batch_len: 7 });
    await rig.changed(path);
    await appendFile(rig.source, numberedLines(100, 110));
    await rig.waitForLines(110);

    expect(lostAndDoubled(await rig.lines(), 110)).toEqual(WHOLE);
  });

  it('deletes the file when it is forced, and the name is free', async () => {
    await rig.runners.remove('r1', true);
    await rig.gone(path);
    expect(await readdir(rig.confsDir)).toEqual([]);
    await rm(rig.sink());

    await rig.add();
    await rig.waitForLines(100);
  });

  it('stops its runner for good, without writing to it', async () => {
    const text = await readFile(path, 'utf8');
    await rig.runners.stop('r1');
    await rig.changed(path);
    expect(rig.status()?.runningStatus).toBe('stopped');
    await rig.restart();
    await rig.changed(path);

    expect(rig.status()?.runningStatus).toBe('stopped');
    expect(rig.runners.view.config('r1')).toHaveProperty('is_stopped', true);
    expect(await readFile(path, 'utf8')).toBe(text);
    await rig.runners.start('r1');
    await rig.restart();
    await rig.changed(path);
    expect(rig.status()?.runningStatus).toBe('running');
  });

  it('stays stopped when the file was broken at the start and is mended', async () => {
    await rig.runners.stop('r1');
    await writeFile(path, BROKEN);
    await rig.restart();
    await rig.changed(path);
    await rig.conf('a.conf', rig.config());
    await rig.changed(path);

    expect(rig.status()?.runningStatus).toBe('stopped');
  });

  it('starts what it had stopped by a forced update, also after a restart', async () => {
    await rig.runners.stop('r1');
    await rig.runners.update('r1', rig.config(), true);
    await rig.restart();
    await rig.changed(path);

    expect(rig.status()?.runningStatus).toBe('running');
  });

  it('obeys is_stopped in the file, there and gone', async () => {
    await rig.conf('a.conf', rig.config('r1', { is_stopped: true }));
    await rig.changed(path);
    expect(rig.status()?.runningStatus).toBe('stopped');
    await rig.conf('a.conf', rig.config());
    await rig.changed(path);

    expect(rig.status()?.runningStatus).toBe('running');
  });
});
