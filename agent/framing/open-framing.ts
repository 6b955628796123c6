import { z } from 'zod';
import type { ContainerFormat } from './container-line.ts';
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
}

export function openFraming(options: FramingOptions): Framing {
  const { encoding, container_format: container, head_pattern: head } = options;
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
