import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { messageOf, systemCode } from '../../shared/kernel/errors.ts';
import { fileKey } from './identity.ts';

const STATS_AT_ONCE = 32;

/** A regular file as a look at its path showed it. */
export interface FoundFile {
  readonly path: string;
  readonly key: string;
  readonly stats: BigIntStats;
}

/** What the paths lead to; null when nothing is there. @throws the system's error otherwise. */
export async function statOrNull(path: string): Promise<BigIntStats | null> {
  try {
    return await stat(path, { bigint: true });
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw thrown;
  }
}

/** Null when it is no regular file. */
export function foundFile(path: string, stats: BigIntStats): FoundFile | null {
  return stats.isFile() ? { path, key: fileKey(stats), stats } : null;
}

/** The regular files among `paths`, in their order; a path that cannot be looked at is left out. */
export async function findFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (let from = 0; from < paths.length; from += STATS_AT_ONCE) {
    const some = paths.slice(from, from + STATS_AT_ONCE);
    const looks = await Promise.all(some.map((path) => findFile(path).catch(() => null)));
    found.push(...looks.filter((file) => file !== null));
  }
  return found;
}

async function findFile(path: string): Promise<FoundFile | null> {
  const stats = await statOrNull(path);
  return stats === null ? null : foundFile(path, stats);
}

/** The device of a folder, or of the nearest folder above it that is still there. */
export async function deviceOf(folder: string): Promise<string> {
  const stats = await statOrNull(folder);
  if (stats !== null) return String(stats.dev);
  return deviceOf(dirname(folder));
}

/** The system's words for why something failed ("permission denied"), without call and path. */
export function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error && 'errno' in thrown && typeof thrown.errno === 'number') {
    return getSystemErrorMessage(thrown.errno);
  }
  return messageOf(thrown);
}
