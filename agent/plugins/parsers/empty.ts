import { z } from 'zod';
import { ObjectRecords } from '../../records/object-records.ts';
import { textLines } from '../../records/text-lines.ts';
import { defineParser } from '../define.ts';

/** Makes no record of any line; all of them count as parsed. */
export const emptyParser = defineParser({
  type: 'empty',
  usage: 'Makes no record of any line: everything that is read is dropped, and counted.',
  sampleLog: '',
  options: z.object({}),
  open: () => ({
    parse(batch) {
      const { texts } = textLines(batch);
      return {
        records: new ObjectRecords([]),
        ...{ success: texts.length, errors: 0, dropped: 0, lastError: '', lineOf: [] },
      };
    },
  }),
});
