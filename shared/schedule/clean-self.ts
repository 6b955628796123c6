import { lstat, readdir, realpath, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError, systemCode } from '../kernel/errors.ts';
import { matchesName, namePatternProblem } from './name-pattern.ts';

/** A file of the folder, and when it was last written to. */
interface FoundFile {
  readonly name: string;
  readonly mtimeMs: number;
}

interface PlainFile extends FoundFile {
  readonly path: string;
  readonly size: number;
}

interface Cleaning {
  readonly dir: string;
  /** See `namePatternProblem`. */
  readonly pattern: string;
  /** So many files that match stay: the newest. */
  readonly keep: number;
  /** Files that stay in any case, such as the log being written; they do not count as kept. */
  readonly except?: readonly string[];
}

interface Cleaned {
  readonly count: number;
  readonly bytes: number;
}

/** The names that match and are older than the newest `keep` of those that do, oldest first. */
export function expired(
  files: readonly FoundFile[],
  pattern: string,
  keep: number,
): readonly string[] {
  const oldestFirst = files
    .filter(({ name }) => matchesName(name, pattern))
    .toSorted((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1));
  return oldestFirst.slice(0, Math.max(0, oldestFirst.length - keep)).map(({ name }) => name);
}

/**
 * Deletes old files of one folder. Only plain files right in it whose names match are ever touched:
 * no folder, no link, nothing below or outside. A folder that is not there holds nothing to clean.
 *
 * @throws AppError `invalid` for a pattern that could name anything else, `unavailable` when the
 * folder cannot be read or a file not be deleted; the files before it are gone by then.
 */
export async function cleanSelf({ dir, pattern, keep, except = [] }: Cleaning): Promise<Cleaned> {
  const problem = namePatternProblem(pattern);
  if (problem !== null) throw new AppError('invalid', problem);

  const kept = new Set(await Promise.all(except.map(realFile)));
  const files = await plainFiles(dir);
  const candidates = files.filter(({ path }) => !kept.has(path));
  const names = new Set(expired(candidates, pattern, keep));

  let count = 0;
  let bytes = 0;
  for (const file of candidates.filter(({ name }) => names.has(name))) {
    if (!(await remove(file.path))) continue;
    count += 1;
    bytes += file.size;
  }
  return { count, bytes };
}

/** Where a file really is, so that links on the way to it do not hide which one is meant. */
async function realFile(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

async function plainFiles(dir: string): Promise<readonly PlainFile[]> {
  try {
    const real = await realpath(dir);
    const found: PlainFile[] = [];
    for (const name of await readdir(real)) {
      const path = join(real, name);
      // A file that has gone meanwhile is no concern of ours.
      const stats = await lstat(path).catch(() => null);
      if (stats?.isFile()) found.push({ name, path, mtimeMs: stats.mtimeMs, size: stats.size });
    }
    return found;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return [];
    throw new AppError('unavailable', `the folder ${dir} cannot be read`, { cause });
  }
}

/** False when someone else was faster. `unlink` removes a name and follows no link. */
async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return false;
    throw new AppError('unavailable', `the old file ${path} cannot be deleted`, { cause });
  }
}
