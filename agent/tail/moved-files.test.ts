import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilePosition } from './identity.ts';
import { findMoved } from './moved-files.ts';

const FILES = 5;

describe('findMoved', () => {
  let dir: string;
  let path: string;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'moved-'));
    path = join(dir, 'app.log');
  });

  afterEach(() => rm(dir, { recursive: true, force: true }));

  /** Where one has read to the end of a file that was called `app.log` then. */
  async function positionAt(at: string): Promise<FilePosition> {
    const { dev, ino, birthtimeNs } = await stat(at, { bigint: true });
    const bytes = await readFile(at);
    return FilePosition.parse({
      ...{ path, dev: String(dev), ino: String(ino), born: String(birthtimeNs), generation: 0 },
      offset: bytes.length,
      head: { bytes: bytes.length, crc: crc32(bytes) },
    });
  }

  /** The newest first: `app.log.1`, `app.log.2` and so on. */
  async function rotatedFiles(): Promise<FilePosition[]> {
    const positions: FilePosition[] = [];
    for (let number = 1; number <= FILES; number += 1) {
      await writeFile(`${path}.${number}`, `file ${number}\n`);
      positions.push(await positionAt(`${path}.${number}`));
    }
    return positions;
  }

  async function goneFile(): Promise<FilePosition> {
    await writeFile(path, 'gone\n');
    const position = await positionAt(path);
    await rm(path);
    return position;
  }

  it('finds files that are rotated while it looks', async () => {
    const positions = await rotatedFiles();
    let rotations = 0;
    const isTaken = async () => {
      for (let number = FILES + rotations; number > rotations; number -= 1) {
        await rename(`${path}.${number}`, `${path}.${number + 1}`);
      }
      rotations += 1;
      return true;
    };

    const [gone, ...found] = await findMoved([await goneFile(), ...positions], {
      elsewhere: [],
      isTaken,
    });

    expect(gone).toBe('gone');
    const names = found.map((now) => (typeof now === 'object' ? basename(now.path) : now));
    expect(rotations).toBeGreaterThan(FILES);
    expect(names).toEqual(positions.map((_, nth) => `app.log.${nth + 1 + rotations}`));
  });

  it('finds a file that a list of the folder has missed', async () => {
    const [position] = await rotatedFiles();
    if (position === undefined) throw new Error('there is no file');
    const away = await mkdtemp(join(tmpdir(), 'moved-'));
    await rename(`${path}.1`, join(away, 'app.log'));
    const isTaken = async () => {
      await rename(join(away, 'app.log'), `${path}.9`).catch(() => undefined);
      return true;
    };

    const [now] = await findMoved([position], { elsewhere: [], isTaken });

    expect(now).toMatchObject({ path: `${path}.9` });
    await rm(away, { recursive: true });
  });

  it('takes a file for gone whose inode another file has', async () => {
    await writeFile(path, 'one\n');
    const position = { ...(await positionAt(path)), head: { bytes: 4, crc: crc32('two\n') } };

    expect(await findMoved([position, position])).toEqual(['gone', 'gone']);
  });
});
