import { z } from 'zod';
import { deleteField, type FieldPath, fieldPath } from '../../records/field-path.ts';
import { splitField } from '../../records/split-field.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';

const Keys = z
  .string({ error: 'is required, e.g. "a,b.c"' })
  .transform((text, context): readonly FieldPath[] => {
    const paths = text
      .split(',')
      .map(fieldPath)
      .filter((path) => path !== null);
    if (paths.length === 0) context.addIssue(`"${text}" names no field, write e.g. "a,b.c"`);
    return paths;
  })
  .describe('The fields, parted by commas; one inside others is written "a.b.c".')
  .meta({ example: 'a,b.c' });

/** Removes fields; one that a record does not have is removed already. */
export const discardTransform = defineTransform({
  type: 'discard',
  usage: 'Removes fields; one that a record does not have is removed already.',
  options: z.object({ key: Keys, stage: transformOption.stage }),
  open: ({ key: paths }) => ({
    ...(paths.every((path) => path.length === 1) && {
      edits: [...new Set(paths.map(([name]) => name))].map((name) => ({ kind: 'remove', name })),
    }),
    apply(records) {
      let left: LogRecord[] = records;
      for (const path of paths) left = withoutField(left, path);
      return { records: left, errors: 0, lastError: '' };
    },
  }),
});

function withoutField(records: LogRecord[], path: FieldPath): LogRecord[] {
  const [name, ...inner] = path;
  if (inner.length > 0) {
    for (const record of records) deleteField(record, path);
    return records;
  }
  return records.map((record) => {
    if (!Object.hasOwn(record, name)) return record;
    return splitField(record, name)[1];
  });
}
