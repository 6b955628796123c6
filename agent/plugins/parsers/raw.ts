import { z } from 'zod';
import { type FilledLines, withoutBlankLines } from '../../records/blank-lines.ts';
import { addLabels } from '../../records/labels.ts';
import { lineOptions } from '../../records/line-options.ts';
import { RawRecords } from '../../records/raw-records.ts';
import { defineParser } from '../define.ts';
import { option } from '../option.ts';
import { type LogRecord, type SourceBatch } from '../plugin.ts';

/** Each line as it came, its line break included: `{"raw":"line\n","timestamp":"<RFC 3339>"}`. */
export const rawParser = defineParser({
  type: 'raw',
  usage: 'Each line as it came, its line break included, in the field raw.',
  sampleLog: 'raw log1\nraw log2\n',
  options: z.object({
    timestamp: option.flag(true).describe('Each record gets the time at which it was read.'),
    labels: lineOptions.labels,
  }),
  open: ({ timestamp, labels: given }, { clock }) => {
    const labels = given.filter(([name]) => name !== 'raw');
    return {
      makesText: true,
      parse(batch) {
        const lines = filledLines(batch);
        const added: LogRecord = {};
        if (timestamp) added['timestamp'] = new Date(clock.now()).toISOString();
        addLabels(added, labels);
        return {
          records: new RawRecords(lines, added),
          success: lines.count,
          ...{ errors: 0, dropped: 0, lastError: '' },
          lineOf: lines.lineOf,
        };
      },
    };
  },
});

function filledLines(batch: SourceBatch): FilledLines {
  const { bytes, ends, lines: count, isFilled } = batch;
  return isFilled === true ? { bytes, ends, count, lineOf: null } : withoutBlankLines(batch);
}
