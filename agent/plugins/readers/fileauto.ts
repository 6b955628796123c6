import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { expireDeleteOption, expiryOf } from '../../tail/expire-delete.ts';
import { folderOptions, isWantedIn, oldestFirst, pathsIn } from '../../tail/folder-files.ts';
import { followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { statOrNull } from '../../tail/found-file.ts';
import { checkFollowed, metaPaths, openFollowSet } from '../../tail/open-follow-set.ts';
import { PathLooks } from '../../tail/path-looks.ts';
import { fixedPart } from '../../tail/path-pattern.ts';
import { isIgnored, matches, pathsOf, patternOptions } from '../../tail/pattern-files.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const ARCHIVE = /\.(?:tar\.gz|tgz|tar|zip)$/;
const REFUSAL =
  'is an archive, which cannot be followed: unpack it and name the folder, or pack each file as .gz';

/** Only a pattern has an age from which on files are left alone unless it is told. */
const NOT_TOLD = -1;

const FileautoOptions = z.looseObject({
  log_path: option
    .required('/your/log/dir/or/path*.log')
    .refine((path) => !ARCHIVE.test(path), REFUSAL)
    .transform((path) => resolve(path))
    .describe('A file, a folder, or a pattern of paths.')
    .meta({ example: '/your/log/dir/or/path*.log' }),
  expire: goDurationOption(NOT_TOLD)
    .describe(
      'A file that was not written to for so long is let be until it is again; a pattern: 24h, else never.',
    )
    .meta({ advanced: true, default: '' }),
  expire_delete: expireDeleteOption,
  ...patternOptions,
  ...folderOptions,
  ...followOptions,
});
type FileautoOptions = z.infer<typeof FileautoOptions>;

/** Follows whatever the path is: a pattern as `tailx`, a folder as `dir`, a file as `file`. */
export const fileautoReader = defineReader({
  type: 'fileauto',
  usage: 'Follows whatever the path is: a pattern as tailx does, a folder as dir, a file as file.',
  options: FileautoOptions,
  readPaths: (options) => [fixedPart(options.log_path), ...metaPaths(options)],
  reads,
  deletesAfterMs: (options) => expiryOf(options.expire_delete, expireMsOf(options)),
  check: async (options, context) => checkFollowed(options, context),
  open(options, opening, context) {
    const looks = new PathLooks(context.clock);
    const isPattern = isPatternOf(options);
    return openFollowSet(
      options,
      {
        discover: () =>
          isPattern ? discoverMatches(options, looks) : discoverPath(options, looks),
        wants: (path) => reads(options, path),
        turns: isPattern ? 'fair' : 'in-order',
        forgetMissingMs: options.submeta_expire,
        expireMs: expireMsOf(options),
      },
      opening,
      context,
    );
  },
});

function expireMsOf(options: FileautoOptions): number {
  const { expire } = options;
  return expire === NOT_TOLD ? Number(isPatternOf(options)) * DAY_MS : expire;
}

function isPatternOf({ log_path }: FileautoOptions): boolean {
  return fixedPart(log_path) !== log_path;
}

function reads(options: FileautoOptions, path: string): boolean {
  if (isPatternOf(options)) return matches(path, options);
  if (path === options.log_path) return true;
  if (dirname(path) !== options.log_path || !isWantedIn(path, options)) return false;
  return !isIgnored(path, options.ignore_log_path);
}

async function discoverMatches(options: FileautoOptions, looks: PathLooks): Promise<Discovered> {
  const files = await looks.files(await pathsOf(options, looks));
  const trouble = files.length === 0 ? `waiting for files that match ${options.log_path}` : null;
  return { files, trouble };
}

/** What the path is may change while it is followed: it is asked each time. */
async function discoverPath(options: FileautoOptions, looks: PathLooks): Promise<Discovered> {
  const { log_path } = options;
  const stats = await statOrNull(log_path);
  if (stats === null) return { files: [], trouble: `waiting for ${log_path} to appear` };
  const paths = stats.isDirectory() ? await pathsIn(log_path, options, looks) : [log_path];
  const wanted = (paths ?? []).filter((path) => reads(options, path));
  return { files: oldestFirst(await looks.files(wanted)), trouble: null };
}
