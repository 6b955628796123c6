import { z } from 'zod';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { changeText } from '../../records/change-each.ts';
import { lineTransform } from '../../records/line-transform.ts';
import { compileGoTemplate, GoPattern, replaceMatches } from '../../records/patterns/go-pattern.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';

const PATTERN_LENGTH_MAX = 1024;
const VALUE_LENGTH_MAX = 64 * 1024;

const Text = z.string({ error: 'must be a text' }).optional();

const ReplaceOptions = z
  .object({
    key: transformOption.key('message'),
    old_string: Text.describe('What is replaced, which is required.').meta({ example: 'ERROR' }),
    new_string: Text.describe(
      'What comes in its place; of a regular expression with $1 or ${name}.',
    ),
    old: Text.describe('The older spelling of old_string.').meta({ advanced: true }),
    new: Text.describe('The older spelling of new_string.').meta({ advanced: true }),
    regex: transformOption.flag.describe('Takes old_string for a regular expression.'),
    stage: transformOption.stage,
  })
  .transform((options, context) => {
    const from = options.old_string ?? options.old ?? '';
    const to = options.new_string ?? options.new ?? '';
    const replace = from === '' ? 'is required, e.g. "ERROR"' : replacer(from, to, options.regex);
    if (typeof replace !== 'string') return { key: options.key, replace, stage: options.stage };
    context.addIssue({ code: 'custom', path: ['old_string'], message: replace });
    return z.NEVER;
  });

/**
 * Replaces each occurrence of a text, or of a regular expression, in a text field or the raw line.
 *
 * No regular expression holds up the process: what it costs grows with the length of the values, of
 * which one of more than 64 Ki characters is left alone and counted as an error.
 */
export const replaceTransform = defineTransform({
  type: 'replace',
  usage:
    'Replaces each occurrence of a text, or of a regular expression, in a text field or raw line.',
  options: ReplaceOptions,
  open: ({ key, replace, stage }) => {
    if (stage === 'before_parser') return lineTransform((line) => replace(shortEnough(line)));
    const change = { key, target: key };
    return {
      apply: (records) => changeText(records, change, (text) => replace(shortEnough(text))),
    };
  },
});

function shortEnough(text: string): string {
  if (text.length <= VALUE_LENGTH_MAX) return text;
  throw new Error(`is longer than ${VALUE_LENGTH_MAX} characters`);
}

type Replace = (value: string) => string;

/** The replacing function, or what is wrong with the pattern. */
function replacer(from: string, to: string, isRegex: boolean): Replace | string {
  if (!isRegex) return (value) => value.replaceAll(from, () => to);
  if (from.length > PATTERN_LENGTH_MAX) {
    return `is longer than ${PATTERN_LENGTH_MAX} characters`;
  }
  try {
    const pattern = new GoPattern(from);
    const expand = compileGoTemplate(to, pattern);
    return (value) => replaceMatches(value, pattern, expand);
  } catch (thrown) {
    return `"${from}" is no regular expression: ${messageOf(thrown)}`;
  }
}
