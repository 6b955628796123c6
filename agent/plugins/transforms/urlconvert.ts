import { z } from 'zod';
import { changeText } from '../../records/change-each.ts';
import { lineTransform } from '../../records/line-transform.ts';
import { transformOption } from '../../records/transform-options.ts';
import { escapeQuery, unescapeQuery } from '../../records/url-query.ts';
import { defineTransform } from '../define.ts';
import { option } from '../option.ts';

/**
 * Takes the escapes of URLs (`%20`, `+`) out of a text field or puts them in. A text with an escape
 * that is none goes on as it is.
 */
export const urlconvertTransform = defineTransform({
  type: 'urlconvert',
  usage: 'Takes the escapes of URLs ("%20", "+") out of a text field or raw line, or puts them in.',
  options: z.object({
    key: transformOption.key('url'),
    mode: option.choice(['decode', 'encode']).describe('Takes escapes out, or puts them in.'),
    stage: transformOption.stage,
  }),
  open: ({ key, mode, stage }) => {
    const convert = mode === 'encode' ? escapeQuery : unescapeQuery;
    if (stage === 'before_parser') return lineTransform(convert);
    return { apply: (records) => changeText(records, { key, target: key }, convert) };
  },
});
