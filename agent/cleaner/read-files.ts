import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FoundFile, findFiles } from '../tail/found-file.ts';
import { FilePosition, fileKey } from '../tail/identity.ts';
import { findMoved, isFileOf } from '../tail/moved-files.ts';
import { isPacked } from '../tail/open-content.ts';
import type { ReadFile } from './doomed-files.ts';

/** Whoever has not written for so long is taken to have ended. */
const QUIET_MS = 60_000;

interface Reading {
  /** As committed. */
  readonly positions: ReadonlyMap<string, unknown>;
  readonly reads: (path: string) => boolean;
}

/** The files that a runner has read to their end, by what it has committed. */
export async function readFiles({ positions, reads }: Reading, nowMs: number): Promise<ReadFile[]> {
  const known = filePositions(positions);
  const places = await findMoved(known);
  const newest = new NewestFiles(reads);
  const found: ReadFile[] = [];
  for (const [index, place] of places.entries()) {
    const position = known[index];
    if (position === undefined || typeof place !== 'object' || !reads(place.path)) continue;
    if (place.key !== fileKey(position) || !isReadToEnd(place, position)) continue;
    if (!isBegun(position)) continue;
    const writtenMs = Number(place.stats.mtimeMs);
    if (nowMs - writtenMs < QUIET_MS) continue;
    found.push({
      ...{ path: place.path, key: place.key, writtenMs },
      bytes: Number(place.stats.size),
      isPacked: isPacked(place.path),
      isNewest: (await newest.in(dirname(place.path))) === place.key,
    });
  }
  return found;
}

/** Whether the file is still the one that was read to its end, and not a link to one. */
export async function isStillRead(
  { path, key }: Pick<ReadFile, 'path' | 'key'>,
  positions: ReadonlyMap<string, unknown>,
): Promise<boolean> {
  const position = filePositions(positions).find((known) => fileKey(known) === key);
  const stats = position === undefined ? null : await statsOf(path);
  if (position === undefined || stats === null || fileKey(stats) !== key) return false;
  if (!(await isFileOf({ path, key, stats }, position).catch(() => false))) return false;
  // It may have been written to while it was compared.
  const now = await statsOf(path);
  return now !== null && fileKey(now) === key && isReadToEnd({ path, stats: now }, position);
}

/** Of a file itself; null: there is none, or something else. */
async function statsOf(path: string): Promise<BigIntStats | null> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  return stats?.isFile() === true ? stats : null;
}

function filePositions(positions: ReadonlyMap<string, unknown>): FilePosition[] {
  return [...positions.values()].flatMap((stored) => {
    const { data } = FilePosition.safeParse(stored);
    return data === undefined ? [] : [data];
  });
}

/** By `read_from` a file may have been begun at its end: nothing of it was read then. */
function isBegun({ offset, read }: FilePosition): boolean {
  return offset > 0 && read?.from !== offset;
}

function isReadToEnd(
  { path, stats }: Pick<FoundFile, 'path' | 'stats'>,
  { offset, packed, inLine, born, isPartOfImport }: FilePosition,
): boolean {
  if (isPartOfImport === true) return false;
  // An inode number is used again; where the time of birth is known it tells.
  if (born !== '0' && born !== String(stats.birthtimeNs)) return false;
  const size = Number(stats.size);
  return isPacked(path) ? packed === size : offset === size && !inLine;
}

/** Which file of a folder was written to last, of those that are read. */
class NewestFiles {
  readonly #reads: (path: string) => boolean;
  readonly #known = new Map<string, string | null>();

  constructor(reads: (path: string) => boolean) {
    this.#reads = reads;
  }

  /** By its key; null: there is none. */
  async in(folder: string): Promise<string | null> {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const names = await readdir(folder).catch(() => []);
    const paths = names.map((name) => join(folder, name)).filter((path) => this.#reads(path));
    const files = await findFiles(paths);
    const [newest] = files.toSorted((a, b) => Number(b.stats.mtimeNs - a.stats.mtimeNs));
    this.#known.set(folder, newest?.key ?? null);
    return newest?.key ?? null;
  }
}
