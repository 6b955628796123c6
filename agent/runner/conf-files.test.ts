import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { until } from '../../test/support/runner-rig.ts';
import { type ConfChanges, ConfFiles, nameOfFile } from './conf-files.ts';

const NOW_MS = Date.UTC(2026, 0, 1);
const NOTHING: ConfChanges = { changed: [], gone: [], troubles: [] };

let dir: string;
let clock: FakeClock;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'confs-'));
  clock = new FakeClock(NOW_MS);
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

function at(name: string): string {
  return join(dir, name);
}

/** Writes a file that was last changed `ageMs` before now. */
async function write(name: string, ageMs = 1_000, content = '{}'): Promise<string> {
  const path = at(name);
  await writeFile(path, content);
  const time = new Date(clock.now() - ageMs);
  await utimes(path, time, time);
  return path;
}

function files(...patterns: string[]): ConfFiles {
  return new ConfFiles(patterns.map(at), clock);
}

describe('what confs_path matches', () => {
  beforeEach(async () => {
    for (const folder of ['a', 'a/sub', 'b', '[c]']) await mkdir(at(folder));
    for (const name of ['a/1.conf', 'a/2.json', 'b/3.conf', 'a/sub/4.conf', '[c]/5.conf']) {
      await write(name);
    }
    for (const name of ['a/1.conf.swp', 'a/readme.md', 'a/.#1.conf', 'a/.1.conf'])
      await write(name);
    await mkdir(at('a/folder.conf'));
  });

  it.each<{ patterns: string[]; found: string[]; why: string }>([
    { patterns: ['a'], found: ['a/1.conf', 'a/2.json'], why: 'the files of a folder, none below' },
    { patterns: ['a', 'b'], found: ['a/1.conf', 'a/2.json', 'b/3.conf'], why: 'several folders' },
    { patterns: ['?'], found: ['a/1.conf', 'a/2.json', 'b/3.conf'], why: 'folders by a pattern' },
    { patterns: ['*/*.conf'], found: ['[c]/5.conf', 'a/1.conf', 'b/3.conf'], why: 'files by one' },
    { patterns: ['a/1.conf'], found: ['a/1.conf'], why: 'one file' },
    { patterns: ['a', 'a/1.conf', '?'], found: ['a/1.conf', 'a/2.json', 'b/3.conf'], why: 'once' },
    { patterns: ['[c]'], found: ['[c]/5.conf'], why: 'a folder with such a name' },
    { patterns: ['nosuch', 'nosuch/*'], found: [], why: 'nothing' },
  ])('is, for $patterns, $why', async ({ patterns, found }) => {
    const { changed, ...rest } = await files(...patterns).look();

    // A pattern may meet the folder whose name looks like a file's; nothing in it is a runner.
    expect(changed.toSorted()).toEqual(found.map(at));
    expect(rest).toEqual({ gone: [], troubles: [] });
  });

  it('may be relative', async () => {
    const { changed } = await new ConfFiles(['package.json'], clock).look();

    expect(changed).toEqual([join(process.cwd(), 'package.json')]);
  });

  it('may be no more than 10,000 files', async () => {
    await mkdir(at('many'));
    const names = Array.from({ length: 10_001 }, (_, i) => at(`many/${i}.conf`));
    for (let i = 0; i < names.length; i += 500) {
      await Promise.all(names.slice(i, i + 500).map((name) => writeFile(name, '')));
    }

    await expect(files('many').look()).rejects.toThrow('matches more than 10000 files');
  });
});

describe('a look', () => {
  it('tells what is new, what has changed and what is gone, each once', async () => {
    const confs = files('.');
    expect(await confs.look()).toEqual(NOTHING);
    const a = await write('a.conf');
    const b = await write('b.conf');
    expect(await confs.look()).toEqual({ ...NOTHING, changed: [a, b] });
    expect(await confs.look()).toEqual(NOTHING);

    await write('a.conf', 500);
    expect(await confs.look()).toEqual({ ...NOTHING, changed: [a] });
    await write('a.conf', 500, '{ }');
    expect(await confs.look()).toEqual({ ...NOTHING, changed: [a] });

    await rename(b, at('c.conf'));
    expect(await confs.look()).toEqual({ ...NOTHING, changed: [at('c.conf')], gone: [b] });
    await rm(at('c.conf'));
    expect(await confs.look()).toEqual({ ...NOTHING, gone: [at('c.conf')] });
    expect(await confs.look()).toEqual(NOTHING);
  });

  it('sees a file that an editor put in the place of another', async () => {
    const confs = files('.');
    const a = await write('a.conf');
    await confs.look();
    await write('a.conf~', 1_000);
    await rename(at('a.conf~'), a);

    expect(await confs.look()).toEqual({ ...NOTHING, changed: [a] });
  });

  it('leaves a file that is still being written for the next one', async () => {
    const confs = files('.');
    const a = await write('a.conf', 199);
    expect(await confs.look()).toEqual(NOTHING);
    clock.advance(1);
    expect(await confs.look()).toEqual({ ...NOTHING, changed: [a] });
    await write('a.conf', 0, '{ "name": ');
    expect(await confs.look()).toEqual(NOTHING);
  });

  it('takes a file from the future as it is', async () => {
    const a = await write('a.conf', -60_000);

    expect((await files('.').look()).changed).toEqual([a]);
  });

  it('keeps what is in a folder that cannot be looked at', async () => {
    await mkdir(at('a'));
    await write('a/1.conf');
    const confs = files('a', 'b.conf');
    await confs.look();
    await rename(at('a'), at('aside'));
    await symlink(at('a'), at('a'));
    const b = await write('b.conf');
    expect(await confs.look()).toEqual({
      changed: [b],
      gone: [],
      troubles: [expect.stringContaining('too many symbolic links')],
    });

    await rm(at('a'));
    await rename(at('aside'), at('a'));
    expect(await confs.look()).toEqual(NOTHING);
  });

  it('tells of a path that cannot be looked at', async () => {
    const long = 'x'.repeat(300);
    const { troubles, gone } = await files(`${long}/a.conf`).look();

    expect(gone).toEqual([]);
    expect(troubles).toEqual([expect.stringContaining('ENAMETOOLONG')]);
  });
});

describe('watch', () => {
  it('looks once a second until it is told to stop', async () => {
    const looks: ConfChanges[] = [];
    const stop = new AbortController();
    const watched = files('.').watch(
      async (changes) => void looks.push(changes),
      () => undefined,
      stop.signal,
    );
    await until(() => looks.length === 1);
    const a = await write('a.conf');
    clock.advance(999);
    expect(looks).toEqual([NOTHING]);
    clock.advance(1);
    await until(() => looks.length === 2);
    stop.abort();
    await watched;

    expect(looks).toEqual([NOTHING, { ...NOTHING, changed: [a] }]);
  });

  it('says once what is wrong, and goes on', async () => {
    const reasons: string[] = [];
    const failures = ['a', 'a', '', 'a', 'b'];
    const stop = new AbortController();
    let looks = 0;
    const watched = files('.').watch(
      async () => {
        const failure = failures[looks];
        looks += 1;
        if (failure !== '') throw new Error(failure);
      },
      (reason) => reasons.push(reason),
      stop.signal,
    );
    for (let look = 1; look <= failures.length; look += 1) {
      await until(() => looks === look && clock.sleepers === 1);
      if (look < failures.length) clock.advance(1_000);
    }
    stop.abort();
    await watched;

    expect(reasons).toEqual(['a', 'a', 'b']);
  });
});

describe('nameOfFile', () => {
  it.each([
    { path: '/x/r1.conf', name: 'r1' },
    { path: '/x/web.eu.json', name: 'web.eu' },
    { path: '/x/plain', name: 'plain' },
  ])('$path -> $name', ({ path, name }) => {
    expect(nameOfFile(path)).toBe(name);
  });
});
