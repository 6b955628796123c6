import { open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../../shared/kernel/errors.ts';
import { crcOf } from './crc-of.ts';
import { type FoundFile, findFiles } from './found-file.ts';
import { type FilePosition, renewHead } from './identity.ts';
import { isPacked } from './open-content.ts';
import { beginsAlike, isReadWhole, lookAtPacked } from './packed-files.ts';
import { byAge, isRotated } from './rotation-order.ts';

/**
 * Files that came and went at a path unseen, the oldest first: rotated more than once while the
 * reader was stopped, or waited for its senders. They are called as rotation calls files, were not
 * born before the last file that was followed there, and are no copies of it.
 *
 * Nobody looks for them again. They may be moved while they are looked for, and then one look may
 * miss them, so there are two.
 */
export async function missedRotations(path: string, last: FilePosition): Promise<FoundFile[]> {
  const bornNs = BigInt(last.born);
  if (bornNs <= 0n) return [];
  const first = await missedNow(path, last, bornNs);
  const second = await missedNow(path, last, bornNs);
  const byKey = new Map([...first, ...second].map((file) => [file.key, file]));
  return [...byKey.values()].sort(byAge);
}

async function missedNow(path: string, last: FilePosition, bornNs: bigint): Promise<FoundFile[]> {
  const folder = dirname(path);
  const name = basename(path);
  const siblings = (await readdir(folder)).filter((other) => isRotated(other, name));
  const younger = (await findFiles(siblings.map((other) => join(folder, other)))).filter(
    ({ stats }) => stats.birthtimeNs >= bornNs && stats.mtimeNs >= bornNs,
  );
  const missed: FoundFile[] = [];
  for (const file of younger) {
    // One that cannot be read is no reason to leave out the others; it will say so itself.
    const isNone = await isCopy(file, last).catch(
      (thrown: unknown) => systemCode(thrown) === 'ENOENT',
    );
    if (!isNone) missed.push(file);
  }
  return missed;
}

/** Whether it holds what was read of the last file; a long common beginning is not enough. */
async function isCopy(file: FoundFile, last: FilePosition): Promise<boolean> {
  if (last.head.bytes === 0) return false;
  if (isPacked(file.path)) {
    const look = await lookAtPacked(file);
    return isReadWhole(look, last) || beginsAlike(look, last);
  }
  const handle = await open(file.path, 'r');
  try {
    if ((await renewHead(handle, last.head)) === null) return false;
    return (
      last.read === null || (await crcOf(handle, last.read.from, last.offset)) === last.read.crc
    );
  } finally {
    await handle.close();
  }
}
