import { z } from 'zod';
import type { ContainerFormat } from './container-line.ts';
import { DelimitedLines } from './delimited-lines.ts';
import { ENCODING_NAMES, type Encoding, encodingNamed } from './encodings.ts';
import type { Framing } from './framing.ts';
import { HeadPattern } from './head-pattern.ts';
import { JoinedLines } from './joined-lines.ts';
import { plainLines } from './plain-lines.ts';

/** Options of every reader that makes lines of bytes. */
export const framingOptions = {
  encoding: z
    .string()
    .default('')
    .transform(toEncoding)
    .describe('The encoding of the bytes, e.g. "GBK" or "UTF-16"; empty: UTF-8.'),
  container_format: z
    .enum(['', 'cri', 'docker', 'auto'], { error: 'must be "cri", "docker" or "auto"' })
    .default('')
    .transform((format) => (format === '' ? null : format))
    .describe(
      'Lines of a container runtime are joined and unwrapped: "cri", "docker", or "auto"; empty: not.',
    ),
  delimiter: z
    .string()
    .default('')
    .transform(toDelimiter)
    .describe(
      'What ends a line, in place of a line feed; in quotation marks it may be such as "\\r\\n" or "\\x00".',
    )
    .meta({ advanced: true }),
  head_pattern: z
    .string()
    .default('')
    .transform(toHeadPattern)
    .describe(
      'A regular expression of the first line of a record of several lines; empty: one line.',
    ),
};

export interface FramingOptions {
  /** Null for UTF-8. */
  readonly encoding: Encoding | null;
  readonly container_format: ContainerFormat | null;
  readonly head_pattern: HeadPattern | null;
  /** Null for a line feed. */
  readonly delimiter: Buffer | null;
}

/** Longer ones are a mistake. */
const DELIMITER_BYTES_MAX = 64;

/** Whether a delimiter is told beside something else that tells what a line is. */
export function hasTwoLineEnds(options: FramingOptions): boolean {
  const { encoding, container_format: container, head_pattern: head, delimiter } = options;
  return delimiter !== null && (encoding !== null || container !== null || head !== null);
}

export function openFraming(options: FramingOptions): Framing {
  const { encoding, container_format: container, head_pattern: head, delimiter } = options;
  if (delimiter !== null) return new DelimitedLines(delimiter);
  if (encoding === null && container === null && head === null) return plainLines;
  return new JoinedLines({ encoding, container, head });
}

function toEncoding(text: string, check: z.RefinementCtx): Encoding | null {
  const name = text.trim();
  const encoding = name === '' ? null : encodingNamed(name);
  if (encoding !== undefined) return encoding;
  check.addIssue(`"${name}" is not known; known are ${ENCODING_NAMES.join(', ')}`);
  return z.NEVER;
}

function toDelimiter(text: string, check: z.RefinementCtx): Buffer | null {
  const meant = unquoted(text);
  const bytes = Buffer.from(meant ?? '');
  const isNone = text === '' || meant === '\n';
  if (isNone || (bytes.length > 0 && bytes.length <= DELIMITER_BYTES_MAX)) {
    return isNone ? null : bytes;
  }
  check.addIssue(`must be 1 to ${DELIMITER_BYTES_MAX} bytes, such as | or "\\r\\n"`);
  return z.NEVER;
}

/** As Go writes a text in quotation marks; others are meant as they are. Null: it is neither. */
function unquoted(text: string): string | null {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text.replace(/\\x([0-9a-f]{2})/gi, '\\u00$1'));
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

function toHeadPattern(pattern: string, check: z.RefinementCtx): HeadPattern | null {
  if (pattern === '') return null;
  try {
    return new HeadPattern(pattern);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    check.addIssue(`must be a regular expression in Go's syntax: ${why}`);
    return z.NEVER;
  }
}
