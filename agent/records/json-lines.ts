import { messageOf } from '../../shared/kernel/errors.ts';
import type { LogRecord, Parsed } from '../plugins/plugin.ts';
import { FailedLines } from './failed-lines.ts';
import { jsonRecords } from './json-records.ts';
import { blankEnd, JsonScan, NESTING_LEVELS_MAX, NONE } from './json-scan.ts';
import { JsonTextRecords } from './json-text-records.ts';
import { LineOf } from './line-of.ts';
import type { LineOptions } from './line-options.ts';
import { asEnded, asUtf8, LINE_FEED, type Lines, lineEnd } from './lines.ts';
import { excerpt } from './parsed-lines.ts';
import { Splices } from './splices.ts';
import { isBlankText, lineText } from './text-lines.ts';

const OPEN_OBJECT = 0x7b;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const SEPARATOR = Buffer.from('\n');

/**
 * Lines of JSON, checked and passed on as the text that they are: byte for byte, but for white
 * space around them. Of two members of one name both stay. Only a line that the scan does not take
 * becomes an object: it is either no JSON, or JSON over several lines.
 */
export class JsonLines {
  readonly #lines: Lines;
  readonly #splices: Splices;
  readonly #scan = new JsonScan();
  readonly #lineOf = new LineOf();
  readonly #failed: FailedLines;
  #success = 0;

  constructor(lines: Lines, options: LineOptions) {
    this.#lines = asEnded(asUtf8(lines));
    this.#failed = new FailedLines(options);
    this.#splices = new Splices(this.#lines.bytes);
  }

  parsed(): Parsed {
    const { bytes } = this.#lines;
    for (let start = 0, index = 0; start < bytes.length; index += 1) {
      start = this.#object(start, index) ?? this.#list(start, index) ?? this.#other(start, index);
    }
    const texts = { ndjson: this.#splices.result(), count: this.#lineOf.count };
    return {
      records: new JsonTextRecords({ ...texts, hasInexact: this.#scan.hasInexact }),
      success: this.#success,
      ...this.#failed.outcome,
      lineOf: this.#lineOf.lines,
    };
  }

  /** Takes a line that is one object, and returns where the next one begins; null: it is none. */
  #object(start: number, index: number): number | null {
    const { bytes } = this.#lines;
    const from = blankEnd(bytes, start);
    if (bytes[from] !== OPEN_OBJECT) return null;
    const to = this.#scan.valueEnd(bytes, from);
    if (to === NONE) return null;
    const end = this.#endBehind(to, index);
    if (end === NONE) return null;
    this.#splices.cut(start, from);
    this.#splices.cut(to, end - 1);
    this.#lineOf.add(index);
    this.#success += 1;
    return end;
  }

  /** Takes a line that is a list of objects: each becomes a line, as the text that it is. */
  #list(start: number, index: number): number | null {
    const { bytes } = this.#lines;
    const from = blankEnd(bytes, start);
    if (bytes[from] !== OPEN_LIST) return null;
    const places = this.#elements(from + 1);
    const end = places === null ? NONE : this.#endBehind(places.behind, index);
    if (places === null || end === NONE) return null;
    let gap = start;
    for (const [first, last] of places.elements) {
      this.#splices.replace(gap, first, gap === start ? NOTHING : SEPARATOR);
      this.#lineOf.add(index);
      gap = last;
    }
    this.#splices.cut(gap, end - 1);
    this.#success += 1;
    return end;
  }

  /** Where the objects of a list are, and what is behind it; null: they are not all objects. */
  #elements(start: number): { elements: [number, number][]; behind: number } | null {
    const { bytes } = this.#lines;
    const elements: [number, number][] = [];
    for (let at = start; ; at += 1) {
      const first = blankEnd(bytes, at);
      if (bytes[first] !== OPEN_OBJECT) return null;
      const last = this.#scan.valueEnd(bytes, first, NESTING_LEVELS_MAX - 1);
      if (last === NONE) return null;
      elements.push([first, last]);
      at = blankEnd(bytes, last);
      if (bytes[at] === CLOSE_LIST) return { elements, behind: at + 1 };
      if (bytes[at] !== COMMA) return null;
    }
  }

  /** Where the line ends that has nothing more behind `at`; NONE: it has, or is another line. */
  #endBehind(at: number, index: number): number {
    const { bytes, ends } = this.#lines;
    const lineFeed = blankEnd(bytes, at);
    if (bytes[lineFeed] !== LINE_FEED) return NONE;
    return ends === null || ends[index] === lineFeed + 1 ? lineFeed + 1 : NONE;
  }

  #other(start: number, index: number): number {
    const end = lineEnd(this.#lines, index, start);
    const line = lineText(this.#lines.bytes, start, end);
    if (isBlankText(line)) {
      this.#splices.cut(start, end);
      return end;
    }
    const records = this.#recordsOf(line, index);
    const texts = records.map((record) => `${JSON.stringify(record)}\n`);
    texts.forEach(() => this.#lineOf.add(index));
    this.#splices.replace(start, end, Buffer.from(texts.join('')));
    return end;
  }

  #recordsOf(text: string, line: number): readonly LogRecord[] {
    try {
      const records = jsonRecords(text);
      this.#success += 1;
      this.#scan.hasInexact = true;
      return records;
    } catch (thrown) {
      const record = this.#failed.add({ line, text, why: jsonLineError(text, thrown) });
      return record === null ? [] : [record];
    }
  }
}

export function jsonLineError(line: string, thrown: unknown): string {
  return `parse json line error ${messageOf(thrown)}, raw data is: ${excerpt(line)}`;
}

const NOTHING = new Uint8Array(0);
