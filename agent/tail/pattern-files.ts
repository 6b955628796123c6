import { glob } from 'node:fs/promises';
import { basename, dirname, matchesGlob, resolve } from 'node:path';
import { goDurationOption } from '../../shared/domain/go-duration.ts';
import { systemCode } from '../../shared/kernel/errors.ts';
import { commaList, option } from '../plugins/option.ts';
import type { PathLooks } from './path-looks.ts';
import { fixedPart } from './path-pattern.ts';

const SUBMETA_EXPIRE_MS = 30 * 24 * 60 * 60 * 1000;

/** What all readers of patterns understand. */
export const patternOptions = {
  ignore_log_path: option
    .text('')
    .transform((text) => commaList(text).map((pattern) => resolve(pattern)))
    .describe('Patterns of paths that are left out, parted by commas.')
    .meta({ advanced: true }),
  submeta_expire: goDurationOption(SUBMETA_EXPIRE_MS)
    .describe('The position of a file that was not there for so long is forgotten; "0s": never.')
    .meta({ advanced: true }),
};

export interface PatternOptions {
  readonly log_path: string;
  readonly ignore_log_path: readonly string[];
}

export function matches(path: string, { log_path, ignore_log_path }: PatternOptions): boolean {
  return matchesGlob(path, log_path) && !isIgnored(path, ignore_log_path);
}

export function isIgnored(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(path, pattern));
}

/** What is there now and matches: files, folders and all. */
export function pathsOf(options: PatternOptions, looks: PathLooks): Promise<readonly string[]> {
  return isInOneFolder(options.log_path) ? pathsInFolder(options, looks) : walkedPaths(options);
}

/** Whether all that a pattern can match is in one folder, and not in folders below it. */
function isInOneFolder(pattern: string): boolean {
  return fixedPart(pattern) === dirname(pattern) && !basename(pattern).includes('**');
}

/** The folder tells by its time when there may be other names in it. */
async function pathsInFolder(
  options: PatternOptions,
  looks: PathLooks,
): Promise<readonly string[]> {
  const folder = dirname(options.log_path);
  try {
    return await looks.paths(folder, (path) => matches(path, options));
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw thrown;
  }
}

async function walkedPaths({ log_path, ignore_log_path }: PatternOptions): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(log_path)) {
    if (!isIgnored(path, ignore_log_path)) paths.push(path);
  }
  return paths;
}
