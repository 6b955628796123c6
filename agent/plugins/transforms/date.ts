import { z } from 'zod';
import { compileGoFormat } from '../../../shared/domain/go-time-format.ts';
import { changeField } from '../../records/change-each.ts';
import { momentReader } from '../../records/moments.ts';
import { timeLayoutOption } from '../../records/time-layout-option.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

/**
 * Writes a time, a text or a timestamp, in another layout. A time without a zone is UTC. One
 * without a year is of this year, or of the last where it would be ahead.
 */
export const dateTransform = defineTransform({
  type: 'date',
  usage: 'Writes a time, which is a text or a timestamp, in another layout.',
  options: z.object({
    key: transformOption.key('time'),
    offset: transformOption
      .int(0, { min: -24, max: 24 })
      .describe('Hours that are added.')
      .meta({ advanced: true }),
    time_layout_before: timeLayoutOption
      .describe('The Go layout that the text is in; nothing said: any that is known.')
      .meta({ example: '02/Jan/2006:15:04:05 -0700' }),
    time_layout_after: timeLayoutOption
      .describe('The Go layout that it gets; nothing said: RFC 3339.')
      .meta({ example: '2006-01-02 15:04:05', advanced: true }),
  }),
  open: ({ key, offset, time_layout_before: layout, time_layout_after: after }, context) => {
    const { timeLayouts, clock } = context;
    const readMoment = momentReader({ layout, timeLayouts, nowMs: () => clock.now() });
    const format = compileGoFormat(after);
    return {
      apply: (records) =>
        changeField(records, { key, target: key }, (value) => {
          const time = readMoment(value);
          return format({ ...time, unixSeconds: time.unixSeconds + offset * 3600 });
        }),
    };
  },
});
