import { basename, matchesGlob } from 'node:path';
import { systemCode } from '../../shared/kernel/errors.ts';
import { commaList, option } from '../plugins/option.ts';
import type { FoundFile } from './found-file.ts';
import type { PathLooks } from './path-looks.ts';

const IGNORED_SUFFIXES = '.pid,.swap,.go,.conf,.tar.gz,.tar,.zip,.a,.o,.so';

/** Which files of a folder are read, for all readers of folders. */
export const folderOptions = {
  ignore_hidden: option.flag(true).describe('Leaves files out whose names begin with a dot.'),
  ignore_file_suffix: option
    .text(IGNORED_SUFFIXES)
    .transform(commaList)
    .describe('Leaves files out whose names end so; parted by commas.')
    .meta({ advanced: true }),
  valid_file_pattern: option
    .text('*')
    .transform((pattern) => (pattern === '' ? '*' : pattern))
    .describe('Reads only files whose names match, e.g. "*.log".'),
};

export interface FolderOptions {
  readonly ignore_hidden: boolean;
  readonly ignore_file_suffix: readonly string[];
  readonly valid_file_pattern: string;
}

export function isWantedIn(path: string, options: FolderOptions): boolean {
  const name = basename(path);
  if (options.ignore_hidden && name.startsWith('.')) return false;
  if (options.ignore_file_suffix.some((suffix) => name.endsWith(suffix))) return false;
  // Other than for the original, a wildcard does not match a leading dot here.
  return options.valid_file_pattern === '*' || matchesGlob(name, options.valid_file_pattern);
}

/** Paths of the wanted files in a folder; null when it is not there. */
export async function pathsIn(
  folder: string,
  options: FolderOptions,
  looks: PathLooks,
): Promise<readonly string[] | null> {
  try {
    return await looks.paths(folder, (path) => isWantedIn(path, options));
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

/** Files in the order of their last writes, the latest at the end. */
export function oldestFirst(files: readonly FoundFile[]): FoundFile[] {
  return files.toSorted(
    (a, b) => Number(a.stats.mtimeNs - b.stats.mtimeNs) || compare(a.path, b.path),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
