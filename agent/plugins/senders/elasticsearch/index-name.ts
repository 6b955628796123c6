import { fieldPath, getField } from '../../../records/field-path.ts';
import { recordTimeMs } from '../../../records/record-time.ts';
import type { LogRecord } from '../../plugin.ts';

const PLACEHOLDER = /\{\{([^{}]*)\}\}/;
/** What no name of an index may hold. */
const FORBIDDEN = /[\\/*?"<>| ,#:\p{Cc}]/gu;
const FORBIDDEN_FIRST = /^[-_+.]+/;
const LENGTH_MAX = 200;
const UNKNOWN = 'unknown';
const PRC_MS = 8 * 3_600_000;

export type DateStrategy = 'default' | 'year' | 'month' | 'day';
export type TimeZone = 'UTC' | 'Local' | 'PRC';

interface IndexOptions {
  readonly elastic_index: string;
  readonly elastic_index_strategy: DateStrategy;
  readonly elastic_time_zone: TimeZone;
  /** The field whose time names the index; empty: the time of the batch does. */
  readonly elastic_time_field: string;
}

/** Names the index that a record belongs into. */
export class IndexName {
  readonly #options: IndexOptions;
  /** Texts and names of fields in turn. */
  readonly #parts: readonly string[];

  constructor(options: IndexOptions) {
    this.#options = options;
    this.#parts = options.elastic_index.split(PLACEHOLDER);
  }

  /** Whether all records of a batch belong into one index. */
  get isFixed(): boolean {
    return this.#parts.length === 1 && !this.#looksAtTime;
  }

  /** `timeMs` is the time of the batch. */
  of(record: LogRecord, timeMs: number): string {
    const { elastic_time_field: field } = this.#options;
    const ownMs = this.#looksAtTime ? recordTimeMs(record[field]) : null;
    const name = this.#parts.map((part, nth) => (nth % 2 === 0 ? part : fieldText(record, part)));
    const clean = name.join('').replace(FORBIDDEN_FIRST, '').slice(0, LENGTH_MAX);
    return (clean === '' ? UNKNOWN : clean) + this.#suffix(ownMs ?? timeMs);
  }

  get #looksAtTime(): boolean {
    const { elastic_index_strategy: strategy, elastic_time_field: field } = this.#options;
    return strategy !== 'default' && field !== '';
  }

  /** As the original has it: `-2026`, `-2026.01`, `-2026.01.31`. */
  #suffix(timeMs: number): string {
    const { elastic_index_strategy: strategy, elastic_time_zone: zone } = this.#options;
    const [year = '', month = '', day = ''] = dateIn(zone, timeMs);
    switch (strategy) {
      case 'default':
        return '';
      case 'year':
        return `-${year}`;
      case 'month':
        return `-${year}.${month}`;
      case 'day':
        return `-${year}.${month}.${day}`;
    }
  }
}

function fieldText(record: LogRecord, name: string): string {
  const path = fieldPath(name);
  const value = path === null ? undefined : getField(record, path);
  if (value === undefined || value === null || value === '') return UNKNOWN;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.toLowerCase().replace(FORBIDDEN, '_');
}

function dateIn(zone: TimeZone, timeMs: number): string[] {
  if (zone === 'Local') {
    const time = new Date(timeMs);
    const month = String(time.getMonth() + 1).padStart(2, '0');
    return [String(time.getFullYear()), month, String(time.getDate()).padStart(2, '0')];
  }
  const text = new Date(zone === 'PRC' ? timeMs + PRC_MS : timeMs).toISOString();
  return text.slice(0, 10).split('-');
}
