import { glob } from 'node:fs/promises';
import { matchesGlob, resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { commaList, followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { findFiles } from '../../tail/found-file.ts';
import { GzipNotice } from '../../tail/gzip-notice.ts';
import { openFollowSet } from '../../tail/open-follow-set.ts';
import { fixedPart } from '../../tail/path-pattern.ts';
import { defineReader, option } from '../plugin.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const TailxOptions = z.looseObject({
  log_path: option.required('/home/users/*/mylog/*.log').transform((path) => resolve(path)),
  ignore_log_path: option
    .text('')
    .transform((text) => commaList(text).map((pattern) => resolve(pattern))),
  expire: goDurationOption(DAY_MS),
  ...followOptions,
});
type TailxOptions = z.infer<typeof TailxOptions>;

/** Follows all files that a pattern matches, in fair turns. */
export const tailxReader = defineReader({
  type: 'tailx',
  options: TailxOptions,
  readPaths: ({ log_path }) => [fixedPart(log_path)],
  reads,
  open(options, opening, context) {
    const gzip = new GzipNotice(context.log);
    return openFollowSet(
      options,
      {
        discover: () => discoverMatches(options, gzip),
        wants: (path) => reads(options, path),
        turns: 'fair',
        expireMs: options.expire,
      },
      opening,
      context,
    );
  },
});

function reads(options: TailxOptions, path: string): boolean {
  return matchesGlob(path, options.log_path) && !isIgnored(path, options);
}

function isIgnored(path: string, { ignore_log_path }: TailxOptions): boolean {
  return ignore_log_path.some((pattern) => matchesGlob(path, pattern));
}

async function discoverMatches(options: TailxOptions, gzip: GzipNotice): Promise<Discovered> {
  const { log_path } = options;
  const paths: string[] = [];
  for await (const path of glob(log_path)) {
    if (!isIgnored(path, options) && gzip.isReadable(path)) paths.push(path);
  }
  const files = await findFiles(paths);
  return { files, trouble: files.length === 0 ? `waiting for files that match ${log_path}` : null };
}
