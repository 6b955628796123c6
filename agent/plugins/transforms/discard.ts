import { z } from 'zod';
import { deleteField, type FieldPath, fieldPath } from '../../records/field-path.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../plugin.ts';

const Keys = z
  .string({ error: 'is required, e.g. "a,b.c"' })
  .transform((text, context): readonly FieldPath[] => {
    const paths = text
      .split(',')
      .map(fieldPath)
      .filter((path) => path !== null);
    if (paths.length === 0) context.addIssue(`"${text}" names no field, write e.g. "a,b.c"`);
    return paths;
  });

/** Removes fields; one that a record does not have is removed already. */
export const discardTransform = defineTransform({
  type: 'discard',
  options: z.object({ key: Keys, stage: transformOption.stage }),
  open: ({ key: paths }) => ({
    apply(records) {
      for (const record of records) {
        for (const path of paths) deleteField(record, path);
      }
      return { records, errors: 0, lastError: '' };
    },
  }),
});
