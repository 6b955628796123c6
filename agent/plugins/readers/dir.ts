import { readdir } from 'node:fs/promises';
import { basename, dirname, join, matchesGlob, resolve } from 'node:path';
import { z } from 'zod';
import { systemCode } from '../../../shared/kernel/errors.ts';
import { commaList, followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { findFiles } from '../../tail/found-file.ts';
import { GzipNotice } from '../../tail/gzip-notice.ts';
import { openFollowSet } from '../../tail/open-follow-set.ts';
import { defineReader, option } from '../plugin.ts';

const IGNORED_SUFFIXES = '.pid,.swap,.go,.conf,.tar.gz,.tar,.zip,.a,.o,.so';

const DirOptions = z.looseObject({
  log_path: option.required('/home/users/john/log/').transform((path) => resolve(path)),
  ignore_hidden: option.flag(true),
  ignore_file_suffix: option.text(IGNORED_SUFFIXES).transform(commaList),
  valid_file_pattern: option.text('*').transform((pattern) => (pattern === '' ? '*' : pattern)),
  ...followOptions,
});
type DirOptions = z.infer<typeof DirOptions>;

/** Reads the files of one folder, the oldest first, and follows them all; no folders inside it. */
export const dirReader = defineReader({
  type: 'dir',
  options: DirOptions,
  readPaths: ({ log_path }) => [log_path],
  reads,
  open(options, opening, context) {
    const gzip = new GzipNotice(context.log);
    return openFollowSet(
      options,
      {
        discover: () => discoverFolder(options, gzip),
        wants: (path) => reads(options, path),
        turns: 'in-order',
        expireMs: 0,
      },
      opening,
      context,
    );
  },
});

function reads(options: DirOptions, path: string): boolean {
  return dirname(path) === options.log_path && isWanted(basename(path), options);
}

async function discoverFolder(options: DirOptions, gzip: GzipNotice): Promise<Discovered> {
  const folder = options.log_path;
  const names = await namesIn(folder);
  if (names === null) return { files: [], trouble: `waiting for ${folder} to appear` };

  const wanted = names.filter((name) => isWanted(name, options) && gzip.isReadable(name));
  const files = await findFiles(wanted.map((name) => join(folder, name)));
  files.sort((a, b) => Number(a.stats.mtimeNs - b.stats.mtimeNs) || compare(a.path, b.path));
  return { files, trouble: null };
}

async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

function isWanted(name: string, options: DirOptions): boolean {
  if (options.ignore_hidden && name.startsWith('.')) return false;
  if (options.ignore_file_suffix.some((suffix) => name.endsWith(suffix))) return false;
  // Other than for the original, a wildcard does not match a leading dot here.
  return options.valid_file_pattern === '*' || matchesGlob(name, options.valid_file_pattern);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
