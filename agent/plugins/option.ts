import { z } from 'zod';

declare module 'zod' {
  interface GlobalMeta {
    /** The values that a form offers, where the schema itself takes more spellings of them. */
    choices?: readonly string[];
    /** What a value that is right looks like; a form shows it as long as nothing is written. */
    example?: string;
    /** Few need it: a form folds it away. */
    advanced?: true;
  }
}

/**
 * Option values come as strings; these read them into what they mean, with a default. Each is given
 * its `describe`d meaning where it is used; forms, documentation and checks come from that.
 */
export const option = {
  text: (fallback: string) => z.string().default(fallback),

  required: (example: string) =>
    z
      .string({ error: `is required, e.g. "${example}"` })
      .min(1, `is empty, e.g. "${example}"`)
      .meta({ example }),

  flag: (fallback: boolean) =>
    z
      .enum(['true', 'false', 'True', 'False', ''], { error: 'must be "true" or "false"' })
      .optional()
      .transform((text) =>
        text === undefined || text === '' ? fallback : text.toLowerCase() === 'true',
      )
      .meta({ choices: ['true', 'false'], default: String(fallback) }),

  int: (fallback: number, { min, max }: { min: number; max: number }) =>
    z
      .string()
      .optional()
      .transform((text) => (text === undefined || text.trim() === '' ? fallback : Number(text)))
      .pipe(
        z
          .int({ error: `must be a whole number from ${min} to ${max}` })
          .min(min)
          .max(max),
      )
      .meta({ default: String(fallback) }),

  /** One of a few words; none given, or an empty one, means the first. */
  choice: <const Words extends readonly [string, ...string[]]>(words: Words) =>
    z
      .enum([...words, ''], { error: `must be ${wordList(words)}` })
      .default('')
      .transform((word): Words[number] => (word === '' ? words[0] : word))
      .meta({ choices: words, default: words[0] }),

  /** What every sender may be called. */
  senderName: () =>
    z
      .string()
      .default('')
      .describe('Its name in the status; empty: one that tells where it sends.'),

  /** Several values, parted by commas. */
  list: () =>
    z
      .string()
      .default('')
      .transform((text) => commaList(text)),
};

/** The values of a comma-separated option. */
export function commaList(text: string): string[] {
  return text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

function wordList(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length < 2
    ? quoted.join('')
    : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
