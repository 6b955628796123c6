import type { LogRecord } from '../plugins/plugin.ts';
import { JsonBytes } from './json-bytes.ts';
import { asUtf8, LINE_FEED, type Lines, lineEnd } from './lines.ts';

const HEAD = '{"raw":"';
/** What a line feed is inside a JSON string. */
const ESCAPED_BREAK = '\\n';
/** Texts of so many bytes stay in the processor's cache, and in V8's young generation. */
const CHUNK_BYTES = 128 * 1024;
const BACKSLASH = 0x5c;
const QUOTE_LENGTH = 1;

/** What comes before a line inside a JSON string, and behind it. */
interface Frame {
  readonly head: Buffer;
  readonly tail: Buffer;
  /** Between two lines. */
  readonly between: string;
}

/** `{"raw":"<line with its line break>", ...added}` of each line, straight from its bytes. */
export function rawNdjson(given: Lines, added: LogRecord): JsonBytes {
  const lines = asUtf8(given);
  const rest = JSON.stringify(added).slice(1);
  const tail = rest === '}' ? '"}\n' : `",${rest}\n`;
  const frame = { head: Buffer.from(HEAD), tail: Buffer.from(tail), between: tail + HEAD };
  const json = new JsonBytes(lines.bytes.length * 1.5);
  if (lines.ends !== null) putLineByLine(json, lines, frame);
  else for (const chunk of chunksOf(lines.bytes)) putChunk(json, chunk, frame);
  return json;
}

/**
 * V8 escapes all lines at once several times as fast as a loop can, and each of them still ends in
 * what became of its line feed. Where a backslash may look like one, the loop knows better.
 */
function putChunk(json: JsonBytes, bytes: Buffer, frame: Frame): void {
  const isEnded = bytes[bytes.length - 1] === LINE_FEED;
  if (!isEnded || bytes.includes(BACKSLASH)) {
    putLineByLine(json, { bytes, ends: null }, frame);
    return;
  }
  const escaped = JSON.stringify(bytes.toString('utf8'));
  const lastBreak = escaped.length - QUOTE_LENGTH - ESCAPED_BREAK.length;
  const texts = escaped.slice(QUOTE_LENGTH, lastBreak).split(ESCAPED_BREAK);
  json.put(frame.head);
  json.putText(texts.join(ESCAPED_BREAK + frame.between));
  json.putText(ESCAPED_BREAK);
  json.put(frame.tail);
}

function putLineByLine(json: JsonBytes, lines: Lines, { head, tail }: Frame): void {
  const { bytes } = lines;
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const end = lineEnd(lines, index, start);
    json.put(head);
    json.putEscaped(bytes, start, end);
    json.put(tail);
    start = end;
  }
}

/** Whole lines of about so many bytes; a longer line is one by itself. */
function* chunksOf(bytes: Buffer): Iterable<Buffer> {
  for (let start = 0; start < bytes.length; ) {
    const next = bytes.indexOf(LINE_FEED, start + CHUNK_BYTES);
    const end = next === -1 ? bytes.length : next + 1;
    yield bytes.subarray(start, end);
    start = end;
  }
}
