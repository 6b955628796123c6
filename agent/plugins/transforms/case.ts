import { z } from 'zod';
import { changeText } from '../../records/change-each.ts';
import { lineTransform } from '../../records/line-transform.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { option } from '../option.ts';

/** Writes a text field in lower or in upper case. */
export const caseTransform = defineTransform({
  type: 'case',
  usage: 'Writes a text field, or the raw line, in lower or in upper case.',
  options: z.object({
    key: transformOption.key('level'),
    mode: option.choice(['lower', 'upper']).describe('The case that letters get.'),
    stage: transformOption.stage,
  }),
  open: ({ key, mode, stage }) => {
    const write = (text: string) => (mode === 'upper' ? text.toUpperCase() : text.toLowerCase());
    if (stage === 'before_parser') return lineTransform(write);
    return { apply: (records) => changeText(records, { key, target: key }, write) };
  },
});
