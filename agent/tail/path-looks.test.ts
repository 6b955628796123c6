import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { PathLooks } from './path-looks.ts';

const LONG_AGO = new Date('2026-01-01T00:00:00Z');

let dir: string;
let clock: FakeClock;
let looks: PathLooks;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'path-looks-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  clock = new FakeClock(Date.now());
  looks = new PathLooks(clock);
});

describe('paths', () => {
  const looked = async () => {
    let asked = 0;
    const wants = (path: string) => {
      asked += 1;
      return path.endsWith('.log');
    };
    const paths = await looks.paths(dir, wants);
    return { names: paths.map((path) => path.slice(dir.length + 1)), asked };
  };
  /** As a folder is whose last change is long ago. */
  const rest = () => utimes(dir, LONG_AGO, LONG_AGO);

  it('lists a folder that rests once', async () => {
    await writeFile(join(dir, 'a.log'), '');
    await writeFile(join(dir, 'b.txt'), '');
    await rest();
    expect(await looked()).toEqual({ names: ['a.log'], asked: 2 });
    expect(await looked()).toEqual({ names: ['a.log'], asked: 0 });
  });

  it('lists a folder again when something in it came, went or was renamed', async () => {
    await writeFile(join(dir, 'a.log'), '');
    await rest();
    await looked();
    await rename(join(dir, 'a.log'), join(dir, 'b.log'));
    expect((await looked()).names).toEqual(['b.log']);
    await rm(join(dir, 'b.log'));
    expect((await looked()).names).toEqual([]);
  });

  it('does not believe the time of a folder that has changed just now', async () => {
    await rest();
    await looked();
    const now = new Date(clock.now() - 1_000);
    await utimes(dir, now, now);
    await looked();
    // Within the same tick of the file system's clock: the folder's time stays as it was.
    await writeFile(join(dir, 'late.log'), '');
    await utimes(dir, now, now);
    expect((await looked()).names).toEqual(['late.log']);
  });

  it('lists another folder of the same name and time', async () => {
    await rest();
    await looked();
    const other = await mkdtemp(`${dir}-other-`);
    await writeFile(join(other, 'other.log'), '');
    await rm(dir, { recursive: true });
    await rename(other, dir);
    await rest();
    expect((await looked()).names).toEqual(['other.log']);
  });

  it('refuses a folder that is not there', async () => {
    await expect(looks.paths(join(dir, 'none'), () => true)).rejects.toThrow('ENOENT');
  });
});

describe('files', () => {
  const looked = async (names: readonly string[]) => {
    const found = await looks.files(names.map((name) => join(dir, name)));
    return found.map(({ path, stats }) => `${path.slice(dir.length + 1)} ${stats.size}`);
  };

  it('shows what has become of files from one look to the next', async () => {
    await writeFile(join(dir, 'a'), 'one');
    await writeFile(join(dir, 'b'), '');
    expect(await looked(['b', 'a', 'c'])).toEqual(['b 0', 'a 3']);
    await writeFile(join(dir, 'a'), 'longer');
    await writeFile(join(dir, 'c'), 'new');
    await rm(join(dir, 'b'));
    expect(await looked(['b', 'a', 'c'])).toEqual(['a 6', 'c 3']);
    await writeFile(join(dir, 'b'), '!');
    expect(await looked(['c', 'b', 'a'])).toEqual(['c 3', 'b 1', 'a 6']);
  });

  it('leaves out what is no file, or not to be looked at, however often', async () => {
    await mkdir(join(dir, 'folder'));
    await writeFile(join(dir, 'file'), '');
    await symlink('circle', join(dir, 'circle'));
    for (let look = 0; look < 2; look += 1) {
      expect(await looked(['folder', 'circle', 'file', 'file/below'])).toEqual(['file 0']);
    }
    await rm(join(dir, 'file'));
    await symlink('file', join(dir, 'file'));
    expect(await looked(['file'])).toEqual([]);
  });

  it('looks at one path after the other when there are many', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `file-${i}`);
    for (const name of names) await writeFile(join(dir, name), name);
    const wanted = names.map((name) => `${name} ${name.length}`);
    expect(await looked(names)).toEqual(wanted);
    expect(await looked(names)).toEqual(wanted);
  });
});
