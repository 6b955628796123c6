import type { LogRecord, Records } from '../plugins/plugin.ts';
import type { FilledLines } from './blank-lines.ts';
import { asUtf8, LINE_FEED, type Lines, lineEnd } from './lines.ts';

const HEAD = '{"raw":"';
/** A byte that UTF-8 has no use for. */
const MARK = 0xff;

/**
 * One record a line: `{"raw":"<line with its line break>", ...added}`. As long as nobody asks for
 * another form, the lines stay the bytes that were read.
 */
export class RawRecords implements Records {
  readonly count: number;
  readonly #lines: Lines;
  readonly #added: LogRecord;
  #ndjson: Buffer | null = null;
  #objects: LogRecord[] | null = null;

  /** `added` are the fields that each record has besides `raw`. */
  constructor({ bytes, ends, count }: FilledLines, added: LogRecord) {
    this.count = count;
    this.#lines = { bytes, ends };
    this.#added = added;
  }

  objects(): LogRecord[] {
    this.#objects ??= [...textsOf(this.#lines)].map((raw) => ({ raw, ...this.#added }));
    return this.#objects;
  }

  ndjson(): Buffer {
    this.#ndjson ??= toNdjson(this.#lines, this.#added);
    return this.#ndjson;
  }

  raw(): Buffer {
    return this.#lines.bytes;
  }
}

/**
 * All lines are written as one JSON text, with a mark between them, and cut apart there: a call for
 * a batch instead of one for a line. Each byte is taken for a character, so that UTF-8 comes out as
 * it went in, and the mark can be nothing but the mark.
 */
function toNdjson(given: Lines, added: LogRecord): Buffer {
  if (given.bytes.length === 0) return Buffer.alloc(0);
  const marked = withMarks(asUtf8(given));
  const rest = JSON.stringify(added).slice(1);
  const tail = rest === '}' ? '"}\n' : `",${rest}\n`;
  const between = asBytes(String.raw`\n${tail}${HEAD}`);
  const quoted = JSON.stringify(marked.toString('latin1'));
  const lines = quoted.slice(1, -1).split(String.fromCharCode(MARK)).join(between);
  // Behind the last mark begins no record; a last line without a line break has no mark.
  const isEnded = marked[marked.length - 1] === MARK;
  return written([HEAD, lines, isEnded ? '' : asBytes(tail)], isEnded ? HEAD.length : 0);
}

/** A copy with a mark in the place of each line's line feed. */
function withMarks(lines: Lines): Buffer {
  const marked = Buffer.from(lines.bytes);
  for (let start = 0, index = 0; start < marked.length; index += 1) {
    start = lineEnd({ bytes: marked, ends: lines.ends }, index, start);
    if (marked[start - 1] === LINE_FEED) marked[start - 1] = MARK;
  }
  return marked;
}

/** The texts one behind the other, but for the last `surplus` bytes: no string is made of them all. */
function written(texts: readonly string[], surplus: number): Buffer {
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const text of texts) at += bytes.write(text, at, 'latin1');
  return bytes.subarray(0, at - surplus);
}

/** A text whose characters are the bytes that the given one has in UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The lines as text, each with its line break. */
function* textsOf(lines: Lines): Iterable<string> {
  const { bytes } = lines;
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const end = lineEnd(lines, index, start);
    yield bytes.toString('utf8', start, end);
    start = end;
  }
}
