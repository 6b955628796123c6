import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { AppError, systemCode } from '../../../shared/kernel/errors.ts';
import { followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { reasonOf, statOrNull } from '../../tail/found-file.ts';
import { fileKey } from '../../tail/identity.ts';
import { checkFollowed, metaPaths, openFollowSet } from '../../tail/open-follow-set.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';

const FileOptions = z.looseObject({
  log_path: option
    .required('/home/users/john/log/my.log')
    .transform((path) => resolve(path))
    .describe('The path of the file.')
    .meta({ example: '/home/users/john/log/my.log' }),
  ...followOptions,
});

/** Follows one path: the file that has this name, and its successors after each rotation. */
export const fileReader = defineReader({
  type: 'file',
  usage: 'Follows one path: the file that has this name, and its successors after each rotation.',
  options: FileOptions,
  readPaths: (options) => [options.log_path, ...metaPaths(options)],
  reads,
  async check(options, context) {
    await requireExisting(options.log_path, context.runner);
    checkFollowed(options, context);
  },
  open(options, opening, context) {
    return openFollowSet(
      options,
      {
        discover: () => discoverFile(options.log_path),
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

function reads({ log_path }: z.infer<typeof FileOptions>, path: string): boolean {
  return path === log_path;
}

/** The wording is the original's: contract section 8. */
async function requireExisting(path: string, runner: string): Promise<void> {
  try {
    await lstat(path);
  } catch (cause) {
    const problem = `utils.GetRealPath failed, err:lstat ${path}: ${reasonOf(cause)}`;
    const kind = systemCode(cause) === 'ENOENT' ? 'not_found' : 'invalid';
    throw new AppError(kind, `runner[${runner}] ${path} - ${problem}`, { cause });
  }
}

async function discoverFile(path: string): Promise<Discovered> {
  const stats = await statOrNull(path);
  if (stats === null) return { files: [], trouble: `waiting for ${path} to appear` };
  if (!stats.isFile()) return { files: [], trouble: `cannot read ${path}: it is not a file` };
  return { files: [{ path, key: fileKey(stats), stats }], trouble: null };
}
