import { z } from 'zod';
import { messageOf } from '../../../shared/kernel/errors.ts';
import { changeEach, missing, unfit } from '../../records/change-each.ts';
import { type FieldPath, getField, hasField, setField } from '../../records/field-path.ts';
import { type GoMatch, GoPattern, replaceMatches } from '../../records/patterns/go-pattern.ts';
import { scalarText } from '../../records/scalar-text.ts';
import { transformOption } from '../../records/transform-options.ts';
import { defineTransform } from '../define.ts';
import { type LogRecord } from '../plugin.ts';
import { maskedBut } from './mask/masked-but.ts';
import { type MaskText, maskCards, maskEmails, maskIpv4 } from './mask/presets.ts';

const KEPT = { min: 0, max: 1_000 };
const PATTERN_LENGTH_MAX = 1024;

const MaskOptions = z
  .object({
    key: transformOption.keys('email,phone'),
    preset: z
      .enum(['', 'email', 'card', 'ipv4'], { error: 'must be "email", "card" or "ipv4"' })
      .default('')
      .describe('What is masked: addresses of mail, numbers of cards, addresses of IPv4.'),
    pattern: transformOption.text
      .default('')
      .describe('A regular expression of what is masked; neither it nor a preset: the whole value.')
      .meta({ example: String.raw`token=\w+` }),
    keep_first: transformOption
      .int(0, KEPT)
      .describe('So many characters at the beginning of what is masked stay.'),
    keep_last: transformOption.int(0, KEPT).describe('So many characters at its end stay.'),
    character: z
      .string({ error: 'must be a text' })
      .default('*')
      .refine((text) => Array.from(text).length === 1, { error: 'must be one character' })
      .describe('What stands for each character that is masked.')
      .meta({ advanced: true }),
    replacement: transformOption.text
      .optional()
      .describe('Stands for all of what is masked, instead of a character for each of its own.')
      .meta({ example: '[hidden]', advanced: true }),
  })
  .refine(({ preset, pattern }) => preset === '' || pattern === '', {
    path: ['pattern'],
    error: 'is of no use beside a preset',
  })
  .transform((options, context) => {
    const mask = maskOf(options);
    if (typeof mask !== 'string') return { paths: options.key.paths, mask };
    context.addIssue({ code: 'custom', path: ['pattern'], message: mask });
    return z.NEVER;
  });

/**
 * Makes parts of values unreadable, or all of them. A number becomes a text. Patterns are Go's; they
 * are matched in a time that grows with the length of the value alone. A preset masks rather too
 * much than too little, and says itself what stays. A value that is neither text nor a number goes
 * on as it is and counts as an error: fields inside it are masked by their own names.
 */
export const maskTransform = defineTransform({
  type: 'mask',
  usage: 'Makes values unreadable, or what a pattern or preset finds in them.',
  options: MaskOptions,
  open: ({ paths, mask }) => ({
    apply: (records) => changeEach(records, (record) => maskAll(record, paths, mask)),
  }),
});

/** One field that cannot be masked keeps no other from being. */
function maskAll(record: LogRecord, paths: readonly FieldPath[], mask: MaskText): string | null {
  let problem: string | null = null;
  for (const path of paths) {
    if (!hasField(record, path)) {
      problem = missing(path);
      continue;
    }
    try {
      setField(record, path, mask(scalarText(getField(record, path))));
    } catch (thrown) {
      problem = unfit(path, thrown);
    }
  }
  return problem;
}

interface MaskRules {
  readonly preset: '' | 'email' | 'card' | 'ipv4';
  readonly pattern: string;
  readonly keep_first: number;
  readonly keep_last: number;
  readonly character: string;
  readonly replacement?: string | undefined;
}

/** What hides each match, but for matches of nothing; or what is wrong with the pattern. */
function hidingBy(source: string, hide: MaskText): MaskText | string {
  if (source.length > PATTERN_LENGTH_MAX) return `is longer than ${PATTERN_LENGTH_MAX} characters`;
  try {
    const pattern = new GoPattern(source);
    const expand = ({ groups: [match = ''] }: GoMatch) => (match === '' ? '' : hide(match));
    return (text) => replaceMatches(text, pattern, expand);
  } catch (thrown) {
    return `"${source}" is no regular expression: ${messageOf(thrown)}`;
  }
}

/** What masks, or what is wrong with the pattern. */
function maskOf(rules: MaskRules): MaskText | string {
  const { preset, pattern, character, replacement } = rules;
  switch (preset) {
    case 'email':
      return (text) => maskEmails(text, character);
    case 'card':
      return (text) => maskCards(text, character);
    case 'ipv4':
      return (text) => maskIpv4(text, character);
    case '': {
      const kept = { first: rules.keep_first, last: rules.keep_last, character };
      const hide: MaskText = (text) => replacement ?? maskedBut(text, kept);
      if (pattern === '') return hide;
      return hidingBy(pattern, hide);
    }
  }
}
