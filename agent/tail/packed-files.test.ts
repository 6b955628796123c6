import { mkdir, mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openContent } from './open-content.ts';
import { lookAtPacked } from './packed-files.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'packed-files-'));
});

afterEach(() => rm(dir, { recursive: true }));

// The runtime ends a process in which a file is left open and forgotten.
describe('a compressed file that cannot be read', () => {
  it('is not left open by a look at it', async () => {
    // A folder can be opened, and not read.
    const stats = await stat(dir, { bigint: true });

    await expect(lookAtPacked({ path: dir, stats })).rejects.toThrow('EISDIR');
    expect(await openPaths()).not.toContain(dir);
  });

  it('is not left open when it was to be followed', async () => {
    const path = join(dir, 'folder.gz');
    await mkdir(path);

    await expect(openContent(path)).rejects.toThrow('EISDIR');
    expect(await openPaths()).not.toContain(path);
  });
});

/** What this process has open. */
async function openPaths(): Promise<string[]> {
  const links = await readdir('/proc/self/fd');
  return Promise.all(links.map((link) => readlink(join('/proc/self/fd', link)).catch(() => '')));
}
