import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { expireDeleteOption, expiryOf } from '../../tail/expire-delete.ts';
import { folderOptions, isWantedIn, oldestFirst, pathsIn } from '../../tail/folder-files.ts';
import { followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { reasonOf, statOrNull } from '../../tail/found-file.ts';
import { checkFollowed, metaPaths, openFollowSet } from '../../tail/open-follow-set.ts';
import { PathLooks } from '../../tail/path-looks.ts';
import { fixedPart } from '../../tail/path-pattern.ts';
import { isIgnored, matches, pathsOf, patternOptions } from '../../tail/pattern-files.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';

const DirxOptions = z.looseObject({
  log_path: option
    .required('/home/users/*/log')
    .transform((path) => resolve(path))
    .describe('The pattern of the folders.')
    .meta({ example: '/home/users/*/log' }),
  expire: goDurationOption(0)
    .describe(
      'A file that was not written to for so long is let be until it is again; "0s": never.',
    )
    .meta({ advanced: true }),
  expire_delete: expireDeleteOption,
  ...patternOptions,
  ...folderOptions,
  ...followOptions,
});
type DirxOptions = z.infer<typeof DirxOptions>;

/** Reads the files of all folders that a pattern matches, the oldest first, and follows them. */
export const dirxReader = defineReader({
  type: 'dirx',
  usage:
    'Reads the files of all folders that a pattern matches, the oldest first, and follows them.',
  options: DirxOptions,
  readPaths: (options) => [fixedPart(options.log_path), ...metaPaths(options)],
  reads,
  deletesAfterMs: ({ expire, expire_delete: isDeleting }) => expiryOf(isDeleting, expire),
  check: async (options, context) => checkFollowed(options, context),
  open(options, opening, context) {
    const looks = new PathLooks(context.clock);
    return openFollowSet(
      options,
      {
        discover: () => discoverFolders(options, looks),
        wants: (path) => reads(options, path),
        turns: 'in-order',
        forgetMissingMs: options.submeta_expire,
        expireMs: options.expire,
      },
      opening,
      context,
    );
  },
});

function reads(options: DirxOptions, path: string): boolean {
  if (!matches(dirname(path), options)) return false;
  return isWantedIn(path, options) && !isIgnored(path, options.ignore_log_path);
}

async function discoverFolders(options: DirxOptions, looks: PathLooks): Promise<Discovered> {
  const matching = await pathsOf(options, looks);
  const looked = await Promise.all(matching.map((folder) => lookInto(folder, options, looks)));
  const folders = looked.filter((look) => look !== null);
  if (folders.length === 0) {
    return { files: [], trouble: `waiting for folders that match ${options.log_path}` };
  }
  const wanted = folders
    .flatMap(({ paths }) => paths)
    .filter((path) => !isIgnored(path, options.ignore_log_path));
  const trouble = folders.find((folder) => folder.trouble !== null)?.trouble ?? null;
  return { files: oldestFirst(await looks.files(wanted)), trouble };
}

interface FolderLook {
  readonly paths: readonly string[];
  readonly trouble: string | null;
}

/** One folder that cannot be read does not keep the others from it. Null: it is no folder. */
async function lookInto(
  folder: string,
  options: DirxOptions,
  looks: PathLooks,
): Promise<FolderLook | null> {
  try {
    const stats = await statOrNull(folder);
    const paths = stats?.isDirectory() === true ? await pathsIn(folder, options, looks) : null;
    return paths === null ? null : { paths, trouble: null };
  } catch (thrown) {
    return { paths: [], trouble: `cannot read ${folder}: ${reasonOf(thrown)}` };
  }
}
