import { z } from 'zod';
import { KeyValues } from '../../../records/key-values.ts';
import { lineParser } from '../../../records/line-parser.ts';
import { lineOptions } from '../../../records/parsed-lines.ts';
import { option } from '../../option.ts';
import type { Parser } from '../../plugin.ts';

export const KeyValueOptions = z.object({
  splitter: z
    .string()
    .min(1, 'must not be empty, e.g. "="')
    .default('=')
    .describe('What is between a key and its value.'),
  keep_string: option
    .flag(false)
    .describe('Values stay texts; otherwise numbers, true and false become what they say.')
    .meta({ advanced: true }),
  ...lineOptions,
});

/** A line is one record; of an event of several lines, each is one. */
export function openKeyValues(type: string, options: z.output<typeof KeyValueOptions>): Parser {
  const { splitter, keep_string: keepString } = options;
  const pairs = new KeyValues({ splitter, keepString });
  return lineParser(type, options, (line) => {
    if (!line.includes('\n')) return [pairs.recordOf(line)];
    const lines = line.split('\n').filter((each) => each.trim() !== '');
    return lines.map((each) => pairs.recordOf(each));
  });
}
