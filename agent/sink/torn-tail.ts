import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../../shared/kernel/errors.ts';

/** Bytes of all tails in a folder together; more of one tail is not kept, older tails give way. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;
const SUFFIX = '.tail';

interface Tail {
  /** The file, from which the tail is about to be cut off. */
  readonly path: string;
  /** Where the tail begins, and where it ends: bytes from the beginning of the file. */
  readonly from: number;
  readonly to: number;
}

/**
 * Copies the tail of a file into `folder`, as `<name>-<epoch ms>.tail`, and makes sure that the
 * copy is on the disk. Gives the path of the copy.
 */
export async function keepAside(tail: Tail, folder: string, nowMs: number): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const { file, path } = await createFree(join(folder, basename(tail.path)), nowMs);
  const end = Math.min(tail.to, tail.from + KEPT_BYTES_MAX) - 1;
  await pipeline(
    createReadStream(tail.path, { start: tail.from, end }),
    file.createWriteStream({ flush: true }),
  );
  await dropOldest(folder, path);
  return path;
}

/** Two files of one name may be recovered within a millisecond: the later one takes the next. */
async function createFree(
  stem: string,
  nowMs: number,
): Promise<{ readonly file: FileHandle; readonly path: string }> {
  for (let stampMs = nowMs; ; stampMs += 1) {
    const path = `${stem}-${stampMs}${SUFFIX}`;
    try {
      return { file: await open(path, 'wx', 0o644), path };
    } catch (thrown) {
      if (systemCode(thrown) !== 'EEXIST') throw thrown;
    }
  }
}

async function dropOldest(folder: string, newest: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
  const tails = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // Another file that is recovered now may have dropped it meanwhile.
      const stats = await stat(path).catch(() => null);
      return stats === null ? [] : [{ path, size: stats.size, mtimeMs: stats.mtimeMs }];
    }),
  );
  let bytes = 0;
  for (const { path, size } of tails.flat().sort((a, b) => b.mtimeMs - a.mtimeMs)) {
    bytes += size;
    if (bytes > KEPT_BYTES_MAX && path !== newest) await rm(path, { force: true });
  }
}
