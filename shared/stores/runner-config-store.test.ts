import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunnerConfig } from '../domain/runner-config.ts';
import { RunnerConfigStore } from './runner-config-store.ts';

describe('RunnerConfigStore', () => {
  let root: string;
  let dir: string;
  let store: RunnerConfigStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'configs-'));
    dir = join(root, 'confs', 'rest');
    store = new RunnerConfigStore(dir);
  });

  afterEach(() => rm(root, { recursive: true }));

  function configOf(name: string): RunnerConfig {
    return RunnerConfig.parse({
      name,
      reader: { mode: 'dir' },
      senders: [{ sender_type: 'file' }],
    });
  }

  async function write(file: string, text: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, file), text);
  }

  it('holds nothing where there is no folder', async () => {
    expect(await store.list()).toEqual([]);
    await store.remove('r1');
  });

  it('gives back what was saved, in the order of names', async () => {
    await store.save('日志', configOf('日志'));
    await store.save('b', configOf('b'));
    await store.save('b', { ...configOf('b'), note: 'newer' });

    expect(await new RunnerConfigStore(dir).list()).toEqual([
      { name: 'b', path: join(dir, 'b.conf'), config: { ...configOf('b'), note: 'newer' } },
      { name: '日志', path: join(dir, '日志.conf'), config: configOf('日志') },
    ]);
  });

  it('writes the version of the file first', async () => {
    await store.save('r1', configOf('r1'));

    expect(await readFile(store.path('r1'), 'utf8')).toMatch(/^\{\n {4}"schema_version": 1,\n/);
  });

  it('keeps the last of many saves of one runner', async () => {
    const saves = Array.from({ length: 20 }, (_, index) =>
      store.save('r1', { ...configOf('r1'), note: `${index}` }),
    );
    await Promise.all(saves);

    expect(await store.list()).toMatchObject([{ config: { note: '19' } }]);
    expect(await readdir(dir)).toEqual(['r1.conf']);
  });

  it('keeps the digits of numbers that a double cannot hold', async () => {
    await write('r1.conf', '{"transforms": [{"id": 12345678901234567890, "x": 1.0}]}');
    const [kept] = await store.list();
    if (kept === undefined || !('config' in kept)) throw new Error('the file was refused');

    await store.save('r1', kept.config);

    const text = await readFile(store.path('r1'), 'utf8');
    expect(text).toContain('"id": 12345678901234567890');
  });

  it('removes a runner, and does not mind when it is gone', async () => {
    await store.save('r1', configOf('r1'));

    await store.remove('r1');
    await store.remove('r1');

    expect(await store.list()).toEqual([]);
  });

  it('writes and removes a file that lies elsewhere', async () => {
    const path = join(root, 'own.conf');

    await store.saveFile(path, configOf('r1'));
    expect(await readFile(path, 'utf8')).toContain('"name": "r1"');

    await store.removeFile(path);
    expect(await readdir(root)).toEqual([]);
  });

  it('reads a file that a person wrote, and takes its name from the file', async () => {
    await write(
      'copy.conf',
      '{\n  // from r1\n  "name": "r1", # old\n  "reader": {"mode": "dir"}\n}',
    );

    expect(await store.list()).toMatchObject([
      { name: 'copy', config: { name: 'copy', reader: { mode: 'dir' } } },
    ]);
  });

  it.each([
    { file: 'r.conf', text: '{"name": ', error: /r\.conf/, why: 'it is no JSON' },
    { file: 'r.conf', text: '[]', error: /r\.conf: .*expected object/, why: 'it is a list' },
    {
      file: 'r.conf',
      text: '{"batch_len": "many"}',
      error: /r\.conf: batch_len: /,
      why: 'a value has the wrong type',
    },
    {
      file: 'r.conf',
      text: '{"schema_version": 2, "reader": 7}',
      error: /r\.conf was written by a newer logkit-fleet \(schema_version 2/,
      why: 'it is of a newer version',
    },
    { file: '.x.conf', text: '{}', error: /runner name ".x" is not allowed/, why: 'of its name' },
  ])('shows a file with an error when $why, and the others all the same', async (row) => {
    await store.save('good', configOf('good'));
    await write(row.file, row.text);

    const broken = {
      name: row.file.slice(0, -'.conf'.length),
      path: join(dir, row.file),
      error: expect.stringMatching(row.error),
    };
    expect(await store.list()).toEqual(expect.arrayContaining([broken]));
    expect(await store.list()).toMatchObject([{}, {}]);
    expect(await store.list()).toContainEqual(
      expect.objectContaining({ config: configOf('good') }),
    );
  });

  it('looks at nothing but configurations', async () => {
    await write('README', 'x');
    await write('r1.conf.tmp', '{"half');
    await mkdir(join(dir, 'folder.conf'));

    expect(await store.list()).toEqual([]);
  });

  it.each(['../r1', 'a/b', '..', '', '.hidden'])('makes no path of the name %j', async (name) => {
    expect(() => store.path(name)).toThrow('is not allowed');
    await expect(store.save(name, configOf('r1'))).rejects.toThrow('is not allowed');
    await expect(store.remove(name)).rejects.toThrow('is not allowed');
  });

  it('is unavailable when its folder is no folder', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    const broken = new RunnerConfigStore(file);

    await expect(broken.list()).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(broken.save('r1', configOf('r1'))).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
