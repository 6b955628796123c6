import { z } from 'zod';
import { keepEach } from '../../records/keep-each.ts';
import { keyOf } from '../../records/key-of.ts';
import { Quotas } from '../../records/quotas.ts';
import { type FieldList, transformOption } from '../../records/transform-options.ts';
import { windowClock } from '../../records/window-clock.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

const SECOND_MS = 1_000;
const RATE_MAX = 1_000_000;
const KEYS_MAX = 1_000_000;
/** Records that were kept are remembered in about 40 bytes each. */
const REMEMBERED_MAX = 100_000;

/**
 * Keeps so many records of each second, of each value of its key where there is one, and drops what
 * is more. Seconds are those of the time that `time_key` names, or of the agent's clock, by which a
 * file that is caught up with passes through many lines a second.
 *
 * Nothing is kept on disk: after a restart a second may let through as many once more. A batch that
 * is processed again keeps the very records that it kept before, of the last 100,000 of them; with
 * `time_key` it also drops the same, without it what was dropped may pass in a later second. A
 * record without a field of the key, or without its time, is kept and counts as an error.
 */
export const throttleTransform = defineTransform({
  type: 'throttle',
  usage: 'Keeps so many records a second, of each value of a key, and drops what is more.',
  options: z.object({
    rate: transformOption
      .int(100, { min: 1, max: RATE_MAX })
      .describe('So many records a second are kept.'),
    key: transformOption
      .keys('host')
      .optional()
      .describe('The fields whose values each have a rate of their own; none: all have one.'),
    time_key: transformOption.target.describe(
      "The field with a record's time; nowhere said: the agent's clock is looked at.",
    ),
    keys_max: transformOption
      .int(10_000, { min: 1, max: KEYS_MAX })
      .describe('So many keys are counted at once.')
      .meta({ advanced: true }),
  }),
  open: ({ rate, key, time_key: timeKey, keys_max: max }, context) => {
    const quotas = new Quotas({ quota: rate, windowsMax: max, admittedMax: REMEMBERED_MAX });
    const windowOf = windowClock(SECOND_MS, timeKey, context);
    return {
      apply: (records, idsOf) => {
        const ids = idsOf?.();
        return keepEach(records, (record, place) => {
          const found = keyIn(record, key);
          if ('problem' in found) return found.problem;
          const at = windowOf(record);
          return typeof at === 'string' ? at : quotas.admits(`${at} ${found.key}`, ids?.[place]);
        });
      },
    };
  },
});

function keyIn(record: LogRecord, key: FieldList | undefined) {
  return key === undefined ? { key: '' } : keyOf(record, key.paths);
}
