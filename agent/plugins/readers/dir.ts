import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { folderOptions, isWantedIn, oldestFirst, pathsIn } from '../../tail/folder-files.ts';
import { followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { checkFollowed, metaPaths, openFollowSet } from '../../tail/open-follow-set.ts';
import { PathLooks } from '../../tail/path-looks.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';

const DirOptions = z.looseObject({
  log_path: option
    .required('/home/users/john/log/')
    .transform((path) => resolve(path))
    .describe('The folder.')
    .meta({ example: '/home/users/john/log/' }),
  ...folderOptions,
  ...followOptions,
});
type DirOptions = z.infer<typeof DirOptions>;

/** Reads the files of one folder, the oldest first, and follows them all; no folders inside it. */
export const dirReader = defineReader({
  type: 'dir',
  usage:
    'Reads the files of one folder, the oldest first, and follows them all; no folders inside it.',
  options: DirOptions,
  readPaths: (options) => [options.log_path, ...metaPaths(options)],
  reads,
  check: async (options, context) => checkFollowed(options, context),
  open(options, opening, context) {
    const looks = new PathLooks(context.clock);
    return openFollowSet(
      options,
      {
        discover: () => discoverFolder(options, looks),
        wants: (path) => reads(options, path),
        turns: 'in-order',
        expireMs: 0,
        forgetMissingMs: 0,
      },
      opening,
      context,
    );
  },
});

function reads(options: DirOptions, path: string): boolean {
  return dirname(path) === options.log_path && isWantedIn(path, options);
}

async function discoverFolder(options: DirOptions, looks: PathLooks): Promise<Discovered> {
  const folder = options.log_path;
  const paths = await pathsIn(folder, options, looks);
  if (paths === null) return { files: [], trouble: `waiting for ${folder} to appear` };
  return { files: oldestFirst(await looks.files(paths)), trouble: null };
}
