import { z } from 'zod';
import { type FieldPath } from '../../records/field-path.ts';
import { lineTransform } from '../../records/line-transform.ts';
import { withoutField } from '../../records/named-fields.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type Transform } from '../plugin.ts';

/**
 * Removes fields; one that a record does not have is removed already. Before the parser it drops
 * the lines that hold the text of `key`, whatever it is.
 */
export const discardTransform = defineTransform({
  type: 'discard',
  usage:
    'Removes fields; one that a record does not have is removed already. Before the parser: drops the lines that hold a text.',
  options: z.object({ key: transformOption.keys('a,b.c'), stage: transformOption.stage }),
  open: ({ key: { paths, text }, stage }) =>
    stage === 'before_parser'
      ? lineTransform((line) => (line.includes(text) ? null : line))
      : withoutFields(paths),
});

function withoutFields(paths: readonly FieldPath[]): Transform {
  return {
    ...(paths.every((path) => path.length === 1) && {
      edits: [...new Set(paths.map(([name]) => name))].map((name) => ({ kind: 'remove', name })),
    }),
    apply: (records) => ({
      records: records.map((record) => paths.reduce(withoutField, record)),
      errors: 0,
      lastError: '',
    }),
  };
}
