import { z } from 'zod';
import { option } from '../plugins/option.ts';
import type { Parser } from '../plugins/plugin.ts';
import { KeyValues } from './key-values.ts';
import { lineOptions } from './line-options.ts';
import { lineParser } from './line-parser.ts';

/** Options of the parsers of keys and values. */
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
