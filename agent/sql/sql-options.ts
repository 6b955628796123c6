import { z } from 'zod';
import { goDurationOption } from '../../shared/domain/go-duration.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { ticksOf } from '../../shared/schedule/cron.ts';
import { option } from '../plugins/option.ts';
import type { SqlServer } from './sql-server.ts';

/** Where a server is; what is wrong is not repeated, for it may hold a password. */
export function serverOption(read: (text: string) => SqlServer | null, example: string) {
  return option
    .required(example)
    .transform((text, context) => {
      const server = read(text);
      if (server !== null) return server;
      context.addIssue(`is no data source, e.g. "${example}"`);
      return z.NEVER;
    })
    .meta({ example });
}

/** Times of a schedule; empty: none. */
export function cronOption() {
  return z
    .string()
    .default('')
    .superRefine((text, context) => {
      try {
        if (text !== '') ticksOf(text);
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        context.addIssue(thrown.message);
      }
    })
    .meta({ example: '0 3 * * *' });
}

/** Names of tables by which those of earlier dates are found, too. */
export function historyOption() {
  return option
    .flag(false)
    .describe('Of tables with a date in their names, also those of the past are read.')
    .meta({ advanced: true });
}

export function lagOption() {
  return goDurationOption(0)
    .describe('So much earlier than it is the date in names and queries is, such as "24h".')
    .meta({ advanced: true });
}

/** The columns of the key, the time first. */
export function keyNames(time: string, offset: string): string[] {
  return [time, ...offset.split(',')].map((key) => key.trim()).filter((key) => key !== '');
}

/** Of a table, or of several. */
export const TABLE_MEANING =
  'The table that is read, where there is no query; or several, as in "log_@(YYYY)@(MM)@(DD)" or ' +
  '"shop_*": those of now, by the parts @(YYYY), @(YY), @(MM), @(DD), @(hh), @(mm), @(ss) of its date, ' +
  'and the later ones as they come.';

/** `Z`, or as far from it as `+08:00` says. */
export function zoneOption() {
  return z
    .string()
    .regex(/^(Z|[+-]\d\d:\d\d)$/, { error: 'must be "Z" or such as "+08:00"' })
    .default('Z');
}

/** Where the id of a record goes, so that it is there once. */
export function idColumnOption() {
  return option
    .text('record_id')
    .describe(
      'A column with a unique index, varchar(255), that keeps a record from being there twice; ' +
        'empty: none, and after a failure records may be there twice.',
    );
}
