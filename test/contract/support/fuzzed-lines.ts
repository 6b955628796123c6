import fc from 'fast-check';
import { PARSERS } from '../../../agent/plugins/parsers/catalog.ts';
import type { SourceBatch } from '../../../agent/plugins/plugin.ts';
import { lineEnd } from '../../../agent/records/lines.ts';
import { isBlankText, lineText } from '../../../agent/records/text-lines.ts';
import { batchOf } from '../../support/plugin-context.ts';

const SAMPLES = PARSERS.flatMap(({ sampleLog }) => sampleLog.split('\n'));
const PIECES = ['=', '"', '\\"', ' ', ',', '{', '}', '[', ']', '<34>', '1 ', ':', "'", '::', '\r'];
const STRANGE = ['__proto__', '9007199254740993', '1e999', '日', '\u00a0', '\0', '\uFEFF'];
const DEEP = ['['.repeat(600), '{"a":'.repeat(150), `${'['.repeat(200)}${']'.repeat(200)}`];

/** Bytes of any kind, of the kinds that parsers look for, and of lines that they parse. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...PIECES, ...STRANGE).map((text) => Buffer.from(text)),
  fc.constantFrom(...DEEP).map((text) => Buffer.from(text)),
  fc.constantFrom(...SAMPLES).map((text) => Buffer.from(text)),
  fc
    .constantFrom(...SAMPLES)
    .chain((text) => fc.nat(text.length).map((end) => Buffer.from(text.slice(0, end)))),
  fc.constant(Buffer.from('\n')),
);
const bytes = fc
  .array(piece, { maxLength: 30 })
  .map((pieces) => Buffer.concat([...pieces, Buffer.from('\n')]));

/** Whole lines, each ended by a line feed, or by `ends`, which leave some of them joined. */
export const fuzzedBatch = fc
  .tuple(bytes, fc.array(fc.boolean(), { maxLength: 40 }), fc.boolean())
  .map(([content, joins, isJoined]): SourceBatch => {
    const given = { ...batchOf(''), bytes: content };
    const ends: number[] = [];
    for (let start = 0, index = 0; start < content.length; index += 1) {
      start = lineEnd({ bytes: content, ends: null }, index, start);
      if (!isJoined || joins[index] !== true || start === content.length) ends.push(start);
    }
    return { ...given, lines: ends.length, ends: isJoined ? Uint32Array.from(ends) : null };
  });

/** Lines that are more than blanks; to the parser raw, only those of ASCII are blanks. */
export function filledLines(given: SourceBatch, type: string): number {
  let count = 0;
  for (let start = 0, index = 0; start < given.bytes.length; index += 1) {
    const end = lineEnd(given, index, start);
    const text = lineText(given.bytes, start, end);
    if (type === 'raw' ? /[^\t-\r ]/.test(text) : !isBlankText(text)) count += 1;
    start = end;
  }
  return count;
}

/** The lines before a place, and those from it on, as a reader hands them out. */
export function splitAt(batch: SourceBatch, line: number): [SourceBatch, SourceBatch] {
  const ends = endsOf(batch);
  const at = ends[line - 1] ?? 0;
  const part = (from: number, to: number, start: number, end: number): SourceBatch => ({
    ...batch,
    bytes: batch.bytes.subarray(start, end),
    lines: to - from,
    ends: batch.ends && Uint32Array.from(ends.slice(from, to), (each) => each - start),
    range: { ...batch.range, start: batch.range.start + start, end: batch.range.start + end },
  });
  const first = part(0, line, 0, at);
  return [
    first,
    { ...part(line, ends.length, at, batch.bytes.length), firstLine: firstFilled(first) },
  ];
}

/** As a reader tells it to what comes behind; null: that has it. */
function firstFilled({ bytes, ends }: SourceBatch): Buffer | null {
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const end = lineEnd({ bytes, ends }, index, start);
    if (!isBlankText(lineText(bytes, start, end))) return bytes.subarray(start, end);
    start = end;
  }
  return null;
}

function endsOf(batch: SourceBatch): number[] {
  const ends: number[] = [];
  for (let start = 0; start < batch.bytes.length; ) {
    start = lineEnd(batch, ends.length, start);
    ends.push(start);
  }
  return ends;
}
