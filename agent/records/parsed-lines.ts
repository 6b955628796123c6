import type { z } from 'zod';
import { type LogRecord, option, type Parsed } from '../plugins/plugin.ts';
import { addLabels, type Labels, LabelsOption } from './labels.ts';
import { ObjectRecords } from './object-records.ts';

/** Options of every parser that makes records out of lines. */
export const lineOptions = {
  labels: LabelsOption,
  /** Lines that do not parse are dropped, and counted; otherwise they are sent as they are. */
  disable_record_errdata: option.flag(false),
  /** Each record carries the line it came from. */
  keep_raw_data: option.flag(false),
};

interface LineOptions {
  readonly labels: Labels;
  readonly disable_record_errdata: z.output<typeof lineOptions.disable_record_errdata>;
  readonly keep_raw_data: z.output<typeof lineOptions.keep_raw_data>;
}

/** Collects what became of each line of a batch, by the rules that all parsers share. */
export class ParsedLines {
  readonly #options: LineOptions;
  readonly #records: LogRecord[] = [];
  #success = 0;
  #errors = 0;
  #lastError = '';

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Takes the records of one line; a line of several records keeps no raw data, as it did. */
  succeed(line: string, records: readonly LogRecord[]): void {
    this.#success += 1;
    const { labels, keep_raw_data: keepRaw } = this.#options;
    for (const record of records) {
      addLabels(record, labels);
      if (keepRaw && records.length === 1) record['raw_data'] = line;
      this.#records.push(record);
    }
  }

  fail(line: string, why: string): void {
    this.#errors += 1;
    this.#lastError = why;
    const record: LogRecord = {};
    if (!this.#options.disable_record_errdata) record['pandora_stash'] = line;
    if (this.#options.keep_raw_data) record['raw_data'] = line;
    if (Object.keys(record).length > 0) this.#records.push(record);
  }

  parsed(): Parsed {
    return {
      records: new ObjectRecords(this.#records),
      success: this.#success,
      errors: this.#errors,
      lastError: this.#lastError,
    };
  }
}

/** The lines of a batch as text, without their line breaks; blank ones are left out. */
export function textLines(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
}

const EXCERPT_LENGTH_MAX = 200;

/** The beginning of a line, for a message. */
export function excerpt(line: string): string {
  return line.length > EXCERPT_LENGTH_MAX ? `${line.slice(0, EXCERPT_LENGTH_MAX)}...` : line;
}
