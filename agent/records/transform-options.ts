import { z } from 'zod';
import { type FieldPath, fieldPath } from './field-path.ts';

/** Fields as an option lists them. */
export interface FieldList {
  readonly paths: readonly [FieldPath, ...FieldPath[]];
  /** As it is written, which is what a raw line is searched for. */
  readonly text: string;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** When a transform is at work: on the records, or on the raw lines that the parser is given. */
export type Stage = 'after_parser' | 'before_parser';

/** The options that transforms share. They are typed JSON, but texts are taken for them, too. */
export const transformOption = {
  flag: z
    .union([z.boolean(), z.enum(['true', 'false', 'True', 'False', ''])], {
      error: 'must be true or false',
    })
    .default(false)
    .transform((value) => value === true || String(value).toLowerCase() === 'true')
    .meta({ choices: ['true', 'false'], default: false }),

  text: z.string({ error: 'must be a text' }),

  int: (fallback: number, range: Range) =>
    numberIn(range, 'a whole number')
      .default(fallback)
      .meta({ default: String(fallback) }),

  number: (range: Range) => numberIn(range, 'a number'),

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

  /** Several fields, parted by commas. */
  keys: (example: string) =>
    z
      .string({ error: `is required, e.g. "${example}"` })
      .transform((text, context): FieldList => {
        const [first, ...more] = text
          .split(',')
          .map(fieldPath)
          .filter((path) => path !== null);
        if (first !== undefined) return { paths: [first, ...more], text };
        context.addIssue(`"${text}" names no field, write e.g. "${example}"`);
        return z.NEVER;
      })
      .describe('The fields, parted by commas; one inside others is written "a.b.c".')
      .meta({ example }),

  /** A field that something is put into; undefined where none is named. */
  target: z
    .string({ error: 'must be a text' })
    .default('')
    .transform((text, context): FieldPath | undefined => {
      if (text.trim() === '') return undefined;
      const path = fieldPath(text);
      if (path !== null) return path;
      context.addIssue(`"${text}" names no field, write e.g. "a.b"`);
      return z.NEVER;
    }),

  stage: z
    .enum(['after_parser', 'before_parser', ''], {
      error: 'must be "after_parser" or "before_parser"',
    })
    .default('')
    .transform((word): Stage => (word === '' ? 'after_parser' : word))
    .describe('When it is done: to records, or to the raw lines that the parser is given.')
    .meta({ choices: ['after_parser', 'before_parser'], default: 'after_parser', advanced: true }),

  /** Of one that looks at fields: a raw line has none. */
  stageOfRecords: z
    .enum(['after_parser', ''], { error: 'must be "after_parser": a raw line has no fields' })
    .default('')
    .describe('When it is done: to records.')
    .meta({ choices: ['after_parser'], default: 'after_parser', advanced: true }),
};

function numberIn({ min, max }: Range, kind: 'a number' | 'a whole number') {
  return z
    .union([z.number(), z.string()], { error: `must be ${kind} from ${min} to ${max}` })
    .transform((given, context) => {
      const value = typeof given === 'string' && given.trim() === '' ? Number.NaN : Number(given);
      const isRight = kind === 'a number' || Number.isInteger(value);
      if (isRight && value >= min && value <= max) return value;
      context.addIssue(`must be ${kind} from ${min} to ${max}`);
      return z.NEVER;
    });
}
