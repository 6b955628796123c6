import { AppError } from '../../shared/kernel/errors.ts';
import type { LogRecord, Records } from '../plugins/plugin.ts';

/** Records that are objects already: parsed ones, or those that transforms have changed. */
export class ObjectRecords implements Records {
  readonly #records: LogRecord[];
  #ndjson: Buffer | null = null;
  #raw: Buffer | null = null;

  constructor(records: LogRecord[]) {
    this.#records = records;
  }

  get count(): number {
    return this.#records.length;
  }

  objects(): LogRecord[] {
    return this.#records;
  }

  ndjson(): Buffer {
    this.#ndjson ??= Buffer.from(ndjsonText(this.#records));
    return this.#ndjson;
  }

  /**
   * Each `raw` field, ended by a line feed.
   *
   * @throws AppError `invalid` when a record has none: leaving it out would lose it silently.
   */
  raw(): Buffer {
    this.#raw ??= Buffer.from(this.#records.map(rawText).join(''));
    return this.#raw;
  }
}

/** One JSON text a line. Appending to one text costs less than joining many. */
export function ndjsonText(records: readonly LogRecord[]): string {
  let ndjson = '';
  for (const record of records) ndjson += `${JSON.stringify(record)}\n`;
  return ndjson;
}

function rawText({ raw }: LogRecord): string {
  if (typeof raw !== 'string') {
    throw new AppError(
      'invalid',
      'a record has no text field "raw" to send as it came; use the parser raw, or send JSON',
    );
  }
  return raw.endsWith('\n') ? raw : `${raw}\n`;
}
