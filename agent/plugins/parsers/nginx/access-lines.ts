import { FailedLines } from '../../../records/failed-lines.ts';
import { JsonBytes } from '../../../records/json-bytes.ts';
import { JsonTextRecords } from '../../../records/json-text-records.ts';
import { LineOf } from '../../../records/line-of.ts';
import { type LineOptions, withLineRules } from '../../../records/line-options.ts';
import { asUtf8, LINE_FEED, type Lines, lineEnd } from '../../../records/lines.ts';
import { ndjsonText } from '../../../records/object-records.ts';
import { excerpt } from '../../../records/parsed-lines.ts';
import { isBlankText, lineText } from '../../../records/text-lines.ts';
import type { LogRecord, Parsed } from '../../plugin.ts';
import type { ByteField, ByteForm } from './byte-form.ts';

const BLANK = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const FIRST_NON_ASCII = 0x80;
/** Records are about so much longer than their lines. */
const SPARE = 2;
/** A line of more bytes is looked at as text first. */
const LINE_BYTES_MAX = 64 * 1024;

const QUOTE = Buffer.from('"');
const OPEN = Buffer.from('{');
const COMMA = Buffer.from(',');
const RAW_DATA = Buffer.from('"raw_data":"');
const END = Buffer.from('}\n');

interface AccessRules {
  readonly form: ByteForm;
  readonly options: LineOptions;
  /** The record of a line that is no matter of bytes; null: it is no access log. */
  readonly recordOf: (line: string) => LogRecord | null;
}

/**
 * Lines of an access log, written as JSON straight from their bytes. A line that does not match, or
 * whose values end with something but ASCII, is looked at as text.
 */
export class AccessLines {
  readonly #lines: Lines;
  readonly #rules: AccessRules;
  readonly #json: JsonBytes;
  readonly #lineOf = new LineOf();
  readonly #failed: FailedLines;
  #success = 0;
  /** A record that came by way of an object may hold a number of many digits. */
  #hasInexact = false;

  constructor(lines: Lines, rules: AccessRules) {
    this.#lines = asUtf8(lines);
    this.#rules = rules;
    this.#failed = new FailedLines(rules.options);
    this.#json = new JsonBytes(lines.bytes.length * SPARE);
  }

  parsed(): Parsed {
    const { bytes } = this.#lines;
    for (let start = 0, index = 0; start < bytes.length; index += 1) {
      const end = lineEnd(this.#lines, index, start);
      if (this.#write(start, contentEnd(bytes, start, end))) {
        this.#success += 1;
        this.#lineOf.add(index);
      } else {
        this.#other(index, lineText(bytes, start, end));
      }
      start = end;
    }
    return {
      records: new JsonTextRecords({
        ...{ ndjson: this.#json.result(), count: this.#lineOf.count },
        ...{ hasInexact: this.#hasInexact, release: () => this.#json.release() },
      }),
      ...{ success: this.#success, ...this.#failed.outcome, lineOf: this.#lineOf.lines },
    };
  }

  /** Writes the record of the line [start, end), or nothing: false. */
  #write(start: number, end: number): boolean {
    const { bytes } = this.#lines;
    const { head, fields } = this.#rules.form;
    if (end - start > LINE_BYTES_MAX || !isAt(head, bytes, start, end)) return false;
    const json = this.#json;
    const before = json.length;
    let at = start + head.length;
    for (const field of fields) {
      const stop = this.#writeField(field, at, end, before);
      if (stop === NONE || !isAt(field.behind, bytes, stop, end)) {
        json.cutTo(before);
        return false;
      }
      at = stop + field.behind.length;
    }
    // An empty line matches no format that has any text; what is no more than blank is none.
    if (at !== end || end === start || isSpace(bytes[start] ?? BLANK)) {
      json.cutTo(before);
      return false;
    }
    this.#writeRest(start, end, before);
    return true;
  }

  /** Writes the field whose value begins at `at`; returns where it ends, or NONE. */
  #writeField(field: ByteField, at: number, end: number, before: number): number {
    const { bytes } = this.#lines;
    let from = at;
    while (from < end && bytes[from] !== field.stop && isSpace(bytes[from] ?? 0)) from += 1;
    // What white space is beyond ASCII is a matter of text.
    if (from < end && (bytes[from] ?? 0) >= FIRST_NON_ASCII) return NONE;
    return field.isText
      ? this.#writeText(field, { from, end, before })
      : this.#writeValue(field, { from, end, before });
  }

  #writeText({ first, next, stop }: ByteField, { from, end, before }: Span): number {
    const { bytes } = this.#lines;
    const json = this.#json;
    json.put(json.length === before ? first : next);
    const valueAt = json.length;
    const until = json.putEscapedUntil(stop, bytes, from, end);
    const last = until > from ? (bytes[until - 1] ?? 0) : 0;
    if (last >= FIRST_NON_ASCII) return NONE;
    if (isSpace(last)) {
      json.cutTo(valueAt);
      json.putEscaped(bytes, from, trimmedEnd(bytes, from, until));
    }
    json.put(QUOTE);
    return until;
  }

  #writeValue({ read, first, next, stop }: ByteField, { from, end, before }: Span): number {
    const { bytes } = this.#lines;
    const json = this.#json;
    // Not farther than the line goes: another line may be far away.
    const length = stop === NONE ? end - from : bytes.subarray(from, end).indexOf(stop);
    if (length === NONE) return NONE;
    const found = from + length;
    if (found > from && (bytes[found - 1] ?? 0) >= FIRST_NON_ASCII) return NONE;
    const value = read(bytes.toString('utf8', from, found).trim());
    if (value === undefined) return found;
    json.put(json.length === before ? first : next);
    json.putText(JSON.stringify(value));
    // A number that no double holds is written with its digits.
    if (typeof value === 'object') this.#hasInexact = true;
    return found;
  }

  #writeRest(start: number, end: number, before: number): void {
    const { labels, keepsRaw } = this.#rules.form;
    const json = this.#json;
    if (labels.length > 0) {
      json.put(json.length === before ? OPEN : COMMA);
      json.put(labels);
    }
    if (keepsRaw) {
      json.put(json.length === before ? OPEN : COMMA);
      json.put(RAW_DATA);
      json.putEscaped(this.#lines.bytes, start, end);
      json.put(QUOTE);
    }
    if (json.length === before) json.put(OPEN);
    json.put(END);
  }

  #other(index: number, line: string): void {
    if (isBlankText(line)) return;
    const record = this.#recordOf(index, line);
    if (record === null) return;
    this.#json.putText(ndjsonText([record]));
    this.#hasInexact = true;
    this.#lineOf.add(index);
  }

  #recordOf(index: number, line: string): LogRecord | null {
    const { options, recordOf } = this.#rules;
    const record = recordOf(line);
    if (record !== null) {
      this.#success += 1;
      return withLineRules(record, line, options);
    }
    return this.#failed.add({ line: index, text: line, why: noAccessLine(line) });
  }
}

const NONE = -1;

/** Where a value may be, and how long the text was before its record. */
interface Span {
  readonly from: number;
  readonly end: number;
  readonly before: number;
}

export function noAccessLine(line: string): string {
  return `nginx line does not match its format, raw data is: ${excerpt(line)}`;
}

/** Where a line ends without its line break. */
function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  const content = end > start && bytes[end - 1] === LINE_FEED ? end - 1 : end;
  return content > start && bytes[content - 1] === CARRIAGE_RETURN ? content - 1 : content;
}

function isAt(text: Uint8Array, bytes: Uint8Array, at: number, end: number): boolean {
  if (at + text.length > end) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] !== bytes[at + index]) return false;
  }
  return true;
}

/** What String.trim takes off, of ASCII. */
function isSpace(byte: number): boolean {
  return byte === BLANK || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && isSpace(bytes[trimmed - 1] ?? 0)) trimmed -= 1;
  return trimmed;
}
