import type { LogRecord, Records } from '../plugins/plugin.ts';
import type { FilledLines } from './blank-lines.ts';
import type { JsonBytes } from './json-bytes.ts';
import { joined, type Lines, lineEnd } from './lines.ts';
import { rawNdjson } from './raw-ndjson.ts';

/**
 * One record a line: `{"raw":"<line with its line break>", ...added}`. As long as nobody asks for
 * another form, the lines stay the bytes that were read.
 */
export class RawRecords implements Records {
  readonly count: number;
  readonly #lines: Lines;
  readonly #added: LogRecord;
  #ndjson: JsonBytes | null = null;
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
    this.#ndjson ??= rawNdjson(this.#lines, this.#added);
    return this.#ndjson.result();
  }

  raw(): Buffer {
    return this.#lines.bytes;
  }

  pick(places: readonly number[]): Records {
    const lines: Buffer[] = [];
    const { bytes } = this.#lines;
    let next = 0;
    for (let start = 0, index = 0; start < bytes.length && next < places.length; index += 1) {
      const end = lineEnd(this.#lines, index, start);
      if (places[next] === index) {
        lines.push(bytes.subarray(start, end));
        next += 1;
      }
      start = end;
    }
    return new RawRecords({ ...joined(lines), count: lines.length, lineOf: null }, this.#added);
  }

  release(): void {
    this.#ndjson?.release();
    this.#ndjson = null;
  }
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
