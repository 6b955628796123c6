import { resolve } from 'node:path';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { expireDeleteOption, expiryOf } from '../../tail/expire-delete.ts';
import { followOptions } from '../../tail/follow-options.ts';
import type { Discovered } from '../../tail/follow-set.ts';
import { checkFollowed, metaPaths, openFollowSet } from '../../tail/open-follow-set.ts';
import { PathLooks } from '../../tail/path-looks.ts';
import { fixedPart } from '../../tail/path-pattern.ts';
import { matches, pathsOf, patternOptions } from '../../tail/pattern-files.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const TailxOptions = z.looseObject({
  log_path: option
    .required('/home/users/*/mylog/*.log')
    .transform((path) => resolve(path))
    .describe('The pattern of the paths.')
    .meta({ example: '/home/users/*/mylog/*.log' }),
  expire: goDurationOption(DAY_MS)
    .describe(
      'A file that was not written to for so long is let be until it is again; "0s": never.',
    )
    .meta({ advanced: true }),
  expire_delete: expireDeleteOption,
  ...patternOptions,
  ...followOptions,
});
type TailxOptions = z.infer<typeof TailxOptions>;

/** Follows all files that a pattern matches, in fair turns. */
export const tailxReader = defineReader({
  type: 'tailx',
  usage: 'Follows all files that a pattern matches, in fair turns.',
  options: TailxOptions,
  readPaths: (options) => [fixedPart(options.log_path), ...metaPaths(options)],
  reads: (options, path) => matches(path, options),
  deletesAfterMs: ({ expire, expire_delete: isDeleting }) => expiryOf(isDeleting, expire),
  check: async (options, context) => checkFollowed(options, context),
  open(options, opening, context) {
    const looks = new PathLooks(context.clock);
    return openFollowSet(
      options,
      {
        discover: () => discoverMatches(options, looks),
        wants: (path) => matches(path, options),
        turns: 'fair',
        forgetMissingMs: options.submeta_expire,
        expireMs: options.expire,
      },
      opening,
      context,
    );
  },
});

async function discoverMatches(options: TailxOptions, looks: PathLooks): Promise<Discovered> {
  const files = await looks.files(await pathsOf(options, looks));
  const trouble = files.length === 0 ? `waiting for files that match ${options.log_path}` : null;
  return { files, trouble };
}
