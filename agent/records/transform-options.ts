import { z } from 'zod';
import { type FieldPath, fieldPath } from './field-path.ts';

/** The options that transforms share. They are typed JSON, but texts are taken for flags, too. */
export const transformOption = {
  flag: z
    .union([z.boolean(), z.enum(['true', 'false', 'True', 'False', ''])], {
      error: 'must be true or false',
    })
    .default(false)
    .transform((value) => value === true || String(value).toLowerCase() === 'true')
    .meta({ choices: ['true', 'false'], default: false }),

  key: (example: string) =>
    z
      .string({ error: `is required, e.g. "${example}"` })
      .transform((text, context): FieldPath => {
        const path = fieldPath(text);
        if (path !== null) return path;
        context.addIssue(`"${text}" names no field, write e.g. "${example}"`);
        return z.NEVER;
      })
      .describe('The field; one inside others is written "a.b.c".')
      .meta({ example }),

  /** For transforms that the original can run before the parser, which is not built yet. */
  stage: z
    .enum(['after_parser', ''], {
      error: ({ input }) => `"${String(input)}" is not supported yet, only after_parser is`,
    })
    .optional()
    .describe('When it is done.')
    .meta({ default: 'after_parser', advanced: true }),
};
