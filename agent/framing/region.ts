import type { Script } from './encodings.ts';
import { LINE_FEED } from './framing.ts';
import type { SourceLines } from './source-lines.ts';
import { utf8Cut } from './utf8-cut.ts';

/** Lines of a source as UTF-8, each with its line feed. */
export interface Region {
  readonly bytes: Buffer;
  /** Where each line begins in `bytes`, and at last where the line after them would. */
  readonly starts: readonly number[];
}

const BREAK = Buffer.of(LINE_FEED);

/** `script` is null for UTF-8, which stays where it is as long as nothing must be cut. */
export function regionOf(buffer: Buffer, lines: SourceLines, script: Script | null): Region {
  const isRegular = lines.cuts.size === 0 && !lines.isUnfinished;
  if (isRegular && script === null) return { bytes: buffer, starts: lines.starts };
  const decoded = isRegular && script !== null ? decodeAtOnce(buffer, lines, script) : null;
  return decoded ?? decodeEach(buffer, lines, script);
}

/** Null when the text has other lines than the bytes: some decoders differ about bad bytes. */
function decodeAtOnce(buffer: Buffer, { starts, count }: SourceLines, script: Script) {
  const bytes = Buffer.from(script.decode(buffer.subarray(starts[0], starts[count])));
  const found = [0];
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    found.push(at + 1);
  }
  const isTrue = found.length === count + 1 && found[count] === bytes.length;
  return isTrue ? { bytes, starts: found } : null;
}

function decodeEach(buffer: Buffer, lines: SourceLines, script: Script | null): Region {
  const parts: Buffer[] = [];
  const starts = [0];
  let length = 0;
  for (let line = 0; line < lines.count; line += 1) {
    const text = decodeLine(buffer, lines, line, script);
    parts.push(text, BREAK);
    length += text.length + 1;
    starts.push(length);
  }
  return { bytes: Buffer.concat(parts, length), starts };
}

/** A line without its line feed. */
function decodeLine(
  buffer: Buffer,
  { starts, cuts, count, isUnfinished }: SourceLines,
  line: number,
  script: Script | null,
): Buffer {
  const from = starts[line] ?? 0;
  const cut = cuts.get(line);
  if (cut !== undefined) {
    if (script === null) return buffer.subarray(from, utf8Cut(buffer, from, cut));
    return Buffer.from(withoutBreaks(script.decodeCut(buffer.subarray(from, cut))));
  }
  const hasBreak = line < count - 1 || !isUnfinished;
  const end = starts[line + 1] ?? 0;
  if (script === null) return buffer.subarray(from, hasBreak ? end - 1 : end);
  // With its line feed: what a bad byte becomes may depend on what follows.
  const text = script.decode(buffer.subarray(from, end));
  return Buffer.from(withoutBreaks(hasBreak && text.endsWith('\n') ? text.slice(0, -1) : text));
}

/** A line feed that only the decoder saw does not end the line. */
function withoutBreaks(text: string): string {
  return text.replaceAll('\n', ' ');
}
