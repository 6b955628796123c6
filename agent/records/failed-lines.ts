import type { LogRecord, Parsed, Unparsed } from '../plugins/plugin.ts';
import { failedRecord, isDeadLetter, type LineOptions } from './line-options.ts';

/** No sender takes a batch with more dead letters of lines, so that no more need be told of one. */
export const UNPARSED_MAX = 10_000;

interface FailedLine {
  /** Its index in the batch. */
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

/** Counts the lines of a batch that do not parse, and does with them what the options say. */
export class FailedLines {
  readonly #options: LineOptions;
  readonly #head: string | undefined;
  readonly #unparsed: Unparsed[] = [];
  #errors = 0;
  #dropped = 0;
  #lastError = '';

  /** `head`: the line that names the columns of all others. */
  constructor(options: LineOptions, head?: string) {
    this.#options = options;
    this.#head = head;
  }

  /** Returns what is sent of the line; null: nothing is. */
  add({ line, text, why }: FailedLine): LogRecord | null {
    this.#errors += 1;
    this.#lastError = why;
    const record = failedRecord(text, this.#options);
    if (record !== null) return record;
    this.#dropped += 1;
    if (isDeadLetter(this.#options) && this.#unparsed.length <= UNPARSED_MAX) {
      const head = this.#head === undefined ? {} : { head: this.#head };
      this.#unparsed.push({ line, reason: why, ...head });
    }
    return null;
  }

  get outcome(): Pick<Parsed, 'errors' | 'dropped' | 'lastError' | 'unparsed'> {
    return {
      ...{ errors: this.#errors, dropped: this.#dropped, lastError: this.#lastError },
      ...(this.#unparsed.length > 0 && { unparsed: this.#unparsed }),
    };
  }
}
