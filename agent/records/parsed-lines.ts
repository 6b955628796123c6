import type { LogRecord, Parsed } from '../plugins/plugin.ts';
import { FailedLines } from './failed-lines.ts';
import { LineOf } from './line-of.ts';
import { type LineOptions, withLineRules } from './line-options.ts';
import { ObjectRecords } from './object-records.ts';
import type { TextLines } from './text-lines.ts';

/** Collects what became of each line of a batch, by the rules that all parsers share. */
export class ParsedLines {
  readonly #lines: TextLines;
  readonly #options: LineOptions;
  readonly #records: LogRecord[] = [];
  readonly #lineOf = new LineOf();
  readonly #failed: FailedLines;
  #success = 0;

  /** `head`: the line that names the columns of these. */
  constructor(lines: TextLines, options: LineOptions, head?: string) {
    this.#lines = lines;
    this.#options = options;
    this.#failed = new FailedLines(options, head);
  }

  /** Takes the records of one line; a line of several records keeps no raw data, as it did. */
  succeed(index: number, records: readonly LogRecord[]): void {
    this.#success += 1;
    const line = records.length === 1 ? (this.#lines.texts[index] ?? '') : null;
    for (const record of records) this.#add(index, withLineRules(record, line, this.#options));
  }

  fail(index: number, why: string): void {
    const text = this.#lines.texts[index] ?? '';
    const record = this.#failed.add({ line: this.#lineAt(index), text, why });
    if (record !== null) this.#add(index, record);
  }

  parsed(): Parsed {
    return {
      records: new ObjectRecords(this.#records),
      success: this.#success,
      ...this.#failed.outcome,
      lineOf: this.#lineOf.lines,
    };
  }

  #add(index: number, record: LogRecord): void {
    this.#records.push(record);
    this.#lineOf.add(this.#lineAt(index));
  }

  #lineAt(index: number): number {
    return this.#lines.lineOf?.[index] ?? index;
  }
}

const EXCERPT_LENGTH_MAX = 200;

/** The beginning of a line, for a message. */
export function excerpt(line: string): string {
  return line.length > EXCERPT_LENGTH_MAX ? `${line.slice(0, EXCERPT_LENGTH_MAX)}...` : line;
}
