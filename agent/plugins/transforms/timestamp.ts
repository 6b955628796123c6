import { z } from 'zod';
import type { GoTime } from '../../../shared/domain/go-time-fields.ts';
import { cannotSet, changeEach, missing, unfit } from '../../records/change-each.ts';
import { getField, hasField, setField } from '../../records/field-path.ts';
import { momentReader } from '../../records/moments.ts';
import { timeLayoutOption } from '../../records/time-layout-option.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { option } from '../option.ts';

const DIGITS = { seconds: 0, milliseconds: 3, microseconds: 6, nanoseconds: 9 };

/**
 * Makes a number of a time: so many seconds, or parts of them, since the Unix epoch. A time without
 * a zone is UTC. All digits are kept, also of nanoseconds.
 */
export const timestampTransform = defineTransform({
  type: 'timestamp',
  usage: 'Makes a number of a time: so many seconds, or parts of them, since the Unix epoch.',
  options: z.object({
    key: transformOption.key('time'),
    new: transformOption.target.describe(
      'Where the number goes; nowhere said: in place of the time.',
    ),
    precision: option
      .choice(['seconds', 'milliseconds', 'microseconds', 'nanoseconds'])
      .describe('What is counted.')
      .meta({ advanced: true }),
    time_layout_before: timeLayoutOption
      .describe('The Go layout that the text is in; nothing said: any that is known.')
      .meta({ example: '02/Jan/2006:15:04:05 -0700', advanced: true }),
    offset: transformOption
      .int(0, { min: -24, max: 24 })
      .describe('Hours that are added.')
      .meta({ advanced: true }),
    override: transformOption.flag
      .describe('Replaces a field that is there already.')
      .meta({ advanced: true }),
  }),
  open: (options, { timeLayouts, clock }) => {
    const { key, new: target = key, precision, offset, time_layout_before: layout } = options;
    const readMoment = momentReader({ layout, timeLayouts, nowMs: () => clock.now() });
    const mayReplace = options.override || target === key;
    return {
      apply: (records) =>
        changeEach(records, (record) => {
          if (!hasField(record, key)) return missing(key);
          if (!mayReplace && hasField(record, target)) {
            return `the key ${target.join('.')} already exists`;
          }
          try {
            const time = readMoment(getField(record, key));
            const shifted = { ...time, unixSeconds: time.unixSeconds + offset * 3600 };
            const count = countOf(shifted, DIGITS[precision]);
            return setField(record, target, count) ? null : cannotSet(target);
          } catch (thrown) {
            return unfit(key, thrown);
          }
        }),
    };
  },
});

/** A number where a double holds it, else one with all its digits. */
function countOf({ unixSeconds, nanos }: GoTime, digits: number): unknown {
  if (digits === 0) return unixSeconds;
  const parts =
    BigInt(unixSeconds) * 10n ** BigInt(digits) + BigInt(nanos) / 10n ** BigInt(9 - digits);
  const count = Number(parts);
  return Number.isSafeInteger(count) ? count : JSON.rawJSON(parts.toString());
}
