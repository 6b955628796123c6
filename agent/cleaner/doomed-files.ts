import type { Reserve } from './cleaner-options.ts';

/** A file that was read to its end, and that nobody has written to for a while. */
export interface ReadFile {
  readonly path: string;
  readonly key: string;
  readonly bytes: number;
  readonly writtenMs: number;
  /** Its end came with it, since it is compressed. */
  readonly isPacked: boolean;
  /** Nothing in its folder that is read was written to later. */
  readonly isNewest: boolean;
}

/** Why files are deleted; null: not for that. */
export interface Doom {
  /** Those beyond what is kept. */
  readonly reserve: Reserve | null;
  /** Those that nobody has written to for so long; a compressed one at once. */
  readonly expireMs: number | null;
}

/** Which of the files that are read are to be deleted, the oldest first. */
export function doomedFiles(read: readonly ReadFile[], doom: Doom, nowMs: number): ReadFile[] {
  const { reserve, expireMs } = doom;
  const surplus = new Set(reserve === null ? [] : surplusOf(read, reserve));
  return read
    .filter((file) => surplus.has(file) || (expireMs !== null && isExpired(file, expireMs, nowMs)))
    .toSorted((a, b) => a.writtenMs - b.writtenMs);
}

/** All from the first one on that is too many or too much; the newest of a folder may yet grow. */
function surplusOf(read: readonly ReadFile[], { filesMax, bytesMax }: Reserve): ReadFile[] {
  const newestFirst = read.toSorted((a, b) => b.writtenMs - a.writtenMs);
  let bytes = 0;
  const kept = newestFirst.findIndex((file, index) => {
    bytes += file.bytes;
    return index >= filesMax || bytes > bytesMax;
  });
  return kept === -1 ? [] : newestFirst.slice(kept).filter(({ isNewest }) => !isNewest);
}

function isExpired({ isPacked, writtenMs }: ReadFile, expireMs: number, nowMs: number): boolean {
  return isPacked || nowMs - writtenMs >= expireMs;
}
