import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { parseJson } from '../../shared/api/json-numbers.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { DeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { LogRecord, SourceBatch } from '../plugins/plugin.ts';
import { isRecord } from '../records/is-record.ts';

/** A dead letter holds a record that the sink refused, or a line that did not parse. */
export type LetterContent =
  | { readonly kind: 'record'; readonly record: LogRecord }
  | { readonly kind: 'line'; readonly line: LetterLine };

export interface LetterLine {
  readonly text: string;
  /** The line that names its columns. */
  readonly head: string | null;
}

const LineWithHead = z.tuple([z.string(), z.string()]);

/** As the text of a dead letter: a record is an object, so that it cannot be taken for one. */
export function lineLetterText({ text, head }: LetterLine): string {
  return JSON.stringify(head === null ? text : [text, head]);
}

/** @throws AppError `internal` for a dead letter that is damaged. */
export function contentOf(text: string): LetterContent {
  const value = parseJson(text);
  if (isRecord(value)) return { kind: 'record', record: value };
  if (typeof value === 'string') return { kind: 'line', line: { text: value, head: null } };
  const both = LineWithHead.safeParse(value);
  if (!both.success) throw new AppError('internal', 'a dead letter is neither a record nor a line');
  const [line, head] = both.data;
  return { kind: 'line', line: { text: line, head } };
}

/** The line as a reader would hand it out alone, at its place in the source. */
export function batchOfLine(
  { text, head }: LetterLine,
  { source, origin, generation, start, end }: DeadLetter,
): SourceBatch {
  const bytes = Buffer.from(`${text}\n`);
  return {
    ...{ source, origin, bytes, lines: 1, ends: Uint32Array.of(bytes.length), position: null },
    range: { generation, start, end, crc: crc32(bytes) },
    offsets: Float64Array.of(start),
    firstLine: head === null ? null : Buffer.from(`${head}\n`),
  };
}
