import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JsonFile } from './json-file.ts';

describe('JsonFile', () => {
  let dir: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'json-'));
    path = join(dir, 'a.json');
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('is null where there is no file', async () => {
    expect(await new JsonFile(path).read()).toBeNull();
  });

  it('reads what it wrote, for its user alone and with nothing beside it', async () => {
    const value = { name: '日志', list: [1, { deep: null }] };
    await writeFile(path, '{"old": true}', { mode: 0o644 });

    await new JsonFile(path).write(value);

    expect(await new JsonFile(path).read()).toEqual(value);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['a.json']);
  });

  it('writes for people: four blanks deep, a line feed at the end', async () => {
    await new JsonFile(path).write({ a: [1] });

    expect(await readFile(path, 'utf8')).toBe('{\n    "a": [\n        1\n    ]\n}\n');
  });

  it('reads comments of both kinds, but not inside texts', async () => {
    await writeFile(path, '# by hand\n{ // one\n  "a": "http://x#y" # two\n}\n');

    expect(await new JsonFile(path).read()).toEqual({ a: 'http://x#y' });
  });

  it('is invalid with file and line when it is not JSON', async () => {
    await writeFile(path, '{\n  "a": 1,\n  "b" 2\n}\n');

    await expect(new JsonFile(path).read()).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringMatching(/a\.json.*3/),
    });
  });

  it('is invalid when it is longer than anyone writes by hand', async () => {
    await writeFile(path, Buffer.alloc(16 * 1024 * 1024 + 1, ' '));

    await expect(new JsonFile(path).read()).rejects.toThrow('is longer than 16777216 bytes');
  });

  it('is unavailable when it cannot be read', async () => {
    await mkdir(path);

    await expect(new JsonFile(path).read()).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(`cannot read ${path}: EISDIR`),
    });
  });

  it('leaves the old file, and no new one, when it cannot write', async () => {
    await mkdir(join(path, 'in the way'), { recursive: true });

    await expect(new JsonFile(path).write({ a: 1 })).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(`cannot write ${path}: `),
    });
    expect(await readdir(dir)).toEqual(['a.json']);
    expect(await readdir(path)).toEqual(['in the way']);
  });

  it('replaces what a killed process left half written', async () => {
    await writeFile(`${path}.tmp`, '{"half', { mode: 0o644 });

    await new JsonFile(path).write({ a: 1 });

    expect(await readdir(dir)).toEqual(['a.json']);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});
