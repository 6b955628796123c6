import { z } from 'zod';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { lineTransform } from '../../records/line-transform.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord, type Transformed } from '../plugin.ts';

/**
 * Keeps the fields that it names and no others; a record with none of them is dropped. Before the
 * parser it keeps the lines that hold the text of `key`, whatever it is.
 */
export const pickTransform = defineTransform({
  type: 'pick',
  usage:
    'Keeps the fields that it names and no others, or the raw lines that hold a text; a record with none of them is dropped.',
  options: z.object({ key: transformOption.keys('time,message'), stage: transformOption.stage }),
  open: ({ key: { paths, text }, stage }) => {
    if (stage === 'before_parser') {
      return lineTransform((line) => (line.includes(text) ? line : null));
    }
    return { apply: (records) => pick(records, paths) };
  },
});

function pick(records: readonly LogRecord[], paths: readonly FieldPath[]): Transformed {
  const picked: LogRecord[] = [];
  const from: number[] = [];
  for (const [place, record] of records.entries()) {
    const kept: LogRecord = {};
    for (const path of paths) {
      if (hasField(record, path)) setField(kept, path, getField(record, path));
    }
    if (Object.keys(kept).length === 0) continue;
    picked.push(kept);
    from.push(place);
  }
  return { records: picked, errors: 0, lastError: '', from };
}
