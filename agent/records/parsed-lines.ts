import { z } from 'zod';
import { option } from '../plugins/option.ts';
import { type LogRecord, type Parsed } from '../plugins/plugin.ts';
import { addLabels, type Labels, LabelsOption } from './labels.ts';
import { LineOf } from './line-of.ts';
import { ObjectRecords } from './object-records.ts';
import type { TextLines } from './text-lines.ts';

/** Options of every parser that makes records out of lines. */
export const lineOptions = {
  labels: LabelsOption,
  disable_record_errdata: option
    .flag(false)
    .describe(
      'Drops and counts lines that do not parse, which are otherwise sent in a field of their own.',
    )
    .meta({ advanced: true }),
  errdata_field: z
    .string()
    .min(1, 'must not be empty, e.g. "pandora_stash"')
    .default('pandora_stash')
    .describe('The field in which a line is sent that does not parse.')
    .meta({ advanced: true }),
  keep_raw_data: option
    .flag(false)
    .describe('Each record carries the line it came from as "raw_data".')
    .meta({ advanced: true }),
};

export interface LineOptions {
  readonly labels: Labels;
  readonly disable_record_errdata: boolean;
  readonly errdata_field: string;
  readonly keep_raw_data: boolean;
}

/** Collects what became of each line of a batch, by the rules that all parsers share. */
export class ParsedLines {
  readonly #lines: TextLines;
  readonly #options: LineOptions;
  readonly #records: LogRecord[] = [];
  readonly #lineOf = new LineOf();
  #success = 0;
  #errors = 0;
  #dropped = 0;
  #lastError = '';

  constructor(lines: TextLines, options: LineOptions) {
    this.#lines = lines;
    this.#options = options;
  }

  /** Takes the records of one line; a line of several records keeps no raw data, as it did. */
  succeed(index: number, records: readonly LogRecord[]): void {
    this.#success += 1;
    const line = records.length === 1 ? (this.#lines.texts[index] ?? '') : null;
    for (const record of records) this.#add(index, withLineRules(record, line, this.#options));
  }

  fail(index: number, why: string): void {
    this.#errors += 1;
    this.#lastError = why;
    const record = failedRecord(this.#lines.texts[index] ?? '', this.#options);
    if (record === null) this.#dropped += 1;
    else this.#add(index, record);
  }

  parsed(): Parsed {
    return {
      records: new ObjectRecords(this.#records),
      success: this.#success,
      errors: this.#errors,
      dropped: this.#dropped,
      lastError: this.#lastError,
      lineOf: this.#lineOf.lines,
    };
  }

  #add(index: number, record: LogRecord): void {
    this.#records.push(record);
    this.#lineOf.add(this.#lines.lineOf?.[index] ?? index);
  }
}

/** The record with what the options add to it; `line`: null where no raw data is kept. */
export function withLineRules(
  record: LogRecord,
  line: string | null,
  { labels, keep_raw_data: keepsRaw }: LineOptions,
): LogRecord {
  addLabels(record, labels);
  if (keepsRaw && line !== null) record['raw_data'] = line;
  return record;
}

/** What is sent of a line that does not parse; null: nothing is. */
export function failedRecord(line: string, options: LineOptions): LogRecord | null {
  const record: LogRecord = {};
  if (!options.disable_record_errdata) record[options.errdata_field] = line;
  if (options.keep_raw_data) record['raw_data'] = line;
  return Object.keys(record).length > 0 ? record : null;
}

const EXCERPT_LENGTH_MAX = 200;

/** The beginning of a line, for a message. */
export function excerpt(line: string): string {
  return line.length > EXCERPT_LENGTH_MAX ? `${line.slice(0, EXCERPT_LENGTH_MAX)}...` : line;
}
