import { z } from 'zod';
import { keepEach } from '../../records/keep-each.ts';
import { keyOf } from '../../records/key-of.ts';
import { TEXT_HASHES, textHash } from '../../records/text-hash.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

const EVERY_MAX = 1_000_000_000;

const SampleOptions = z
  .object({
    rate: transformOption
      .number({ min: 0, max: 1 })
      .optional()
      .describe('The part of the records that is kept, from 0 to 1; it or every is needed.')
      .meta({ example: '0.1' }),
    every: transformOption
      .number({ min: 1, max: EVERY_MAX })
      .optional()
      .describe('One of so many records is kept.'),
    key: transformOption
      .keys('trace_id')
      .optional()
      .describe('Records with the same values in these fields are kept or dropped together.'),
  })
  .transform(({ rate, every, key }, context) => {
    const part = rate ?? (every === undefined ? undefined : 1 / every);
    if (part !== undefined && (rate === undefined || every === undefined)) return { part, key };
    const message = 'is needed, or every instead of it';
    context.addIssue({ code: 'custom', path: ['rate'], message });
    return z.NEVER;
  });

/**
 * Keeps a part of the records. Which ones follows from the values of the key, or else from the place
 * where a record's line stands in its source: no state and no luck is in it, so a batch that is
 * processed again, by another sender or after a restart, keeps and drops the same records, and so
 * does every agent with the same key. `every` 10 is one of ten in the long run, not each tenth by
 * number. A record without a field of the key is kept and counts as an error.
 */
export const sampleTransform = defineTransform({
  type: 'sample',
  usage: 'Keeps a part of the records, the same ones however often they are read.',
  options: SampleOptions,
  open: ({ part, key }) => {
    const below = part * TEXT_HASHES;
    return {
      apply: (records, idsOf) => {
        const ids = idsOf?.();
        return keepEach(records, (record, place) => {
          if (key === undefined) {
            return textHash(ids?.[place] ?? JSON.stringify(record)) < below;
          }
          const found = keyOf(record, key.paths);
          return 'problem' in found ? found.problem : textHash(found.key) < below;
        });
      },
    };
  },
});
