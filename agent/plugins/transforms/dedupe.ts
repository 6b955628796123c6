import { z } from 'zod';
import { keepEach } from '../../records/keep-each.ts';
import { keyOf } from '../../records/key-of.ts';
import { Quotas } from '../../records/quotas.ts';
import { transformOption } from '../../records/transform-options.ts';
import { windowClock } from '../../records/window-clock.ts';
import { defineTransform } from '../define.ts';

const DAY_S = 86_400;
const KEYS_MAX = 1_000_000;

/**
 * Of records with the same values in some fields keeps the first of each window of time. Windows
 * begin at the multiples of their length, so that two records on both sides of such a moment are
 * both kept. They are of the time that `time_key` names, or of the agent's clock.
 *
 * Nothing is kept on disk: after a restart, a reset aside, or when more keys than `keys_max` have
 * come since, the first of a window may be kept once more. A batch that is processed again keeps
 * the very records that it kept before, as long as they are remembered, so a retry and another
 * sender get the same; with `time_key` it also drops the same. A record is never dropped for one
 * that was not kept itself. One without a field of the key, or without its time, is kept and counts
 * as an error.
 */
export const dedupeTransform = defineTransform({
  type: 'dedupe',
  usage: 'Of records with the same values in some fields keeps the first of each window of time.',
  options: z.object({
    key: transformOption.keys('host,message'),
    window: transformOption
      .int(60, { min: 1, max: DAY_S })
      .describe('How long a window is, in seconds.'),
    time_key: transformOption.target.describe(
      "The field with a record's time; nowhere said: the agent's clock is looked at.",
    ),
    keys_max: transformOption
      .int(100_000, { min: 1, max: KEYS_MAX })
      .describe('So many keys are remembered, in about 100 bytes each.')
      .meta({ advanced: true }),
  }),
  open: ({ key: { paths }, window, time_key: timeKey, keys_max: max }, context) => {
    const quotas = new Quotas({ quota: 1, windowsMax: max, admittedMax: max });
    const windowOf = windowClock(window * 1000, timeKey, context);
    return {
      apply: (records, idsOf) => {
        const ids = idsOf?.();
        return keepEach(records, (record, place) => {
          const found = keyOf(record, paths);
          if ('problem' in found) return found.problem;
          const at = windowOf(record);
          return typeof at === 'string' ? at : quotas.admits(`${at} ${found.key}`, ids?.[place]);
        });
      },
    };
  },
});
