import { recordTimeNs } from '../../../records/record-time.ts';
import type { LogRecord } from '../../plugin.ts';

/** A field of a record and what it is called in the database. */
export type Alias = readonly [field: string, name: string];

export interface PointOptions {
  readonly measurement: string;
  readonly tags: readonly Alias[];
  /** Empty: all fields of a record that are not tags or its time. */
  readonly fields: readonly Alias[];
  /** Fields, by the names of the database, whose numbers are integers. */
  readonly integers: ReadonlySet<string>;
  /** The field with the time; empty: there is none. */
  readonly timestamp: string;
  /** So many nanoseconds is a timestamp of 1; 0: told by its size, or a text of RFC 3339. */
  readonly precisionNs: bigint;
}

/** What a name or a tag may hold only in another way. */
const ODD = /[,= \r\n\\]/;
const INTEGER = /^-?\d+$/;

/** Writes records as lines of InfluxDB's line protocol. */
export class PointWriter {
  readonly #options: PointOptions;
  readonly #measurement: string;
  /** Fields that are something else than fields of the point, where those are not listed. */
  readonly #others: ReadonlySet<string>;

  constructor(options: PointOptions) {
    this.#options = options;
    this.#measurement = escaped(options.measurement, /[, ]/g);
    this.#others = new Set([options.timestamp, ...options.tags.map(([field]) => field)]);
  }

  /**
   * A record as a line without its line break; null when it has none of the fields, so that it is no
   * point. `ownNs` is the time of a record that has none.
   */
  line(record: LogRecord, ownNs: bigint): string | null {
    const fields = this.#fieldsOf(record);
    if (fields === '') return null;
    let tags = '';
    for (const [field, name] of this.#options.tags) {
      const text = tagText(valueOf(record, field));
      if (text !== '' && name !== '') tags += `,${escaped(name)}=${escaped(text)}`;
    }
    const timeNs = timeOf(record, this.#options) ?? ownNs;
    return `${this.#measurement}${tags} ${fields} ${timeNs}`;
  }

  #fieldsOf(record: LogRecord): string {
    const { fields, integers } = this.#options;
    let text = '';
    const put = (name: string, value: unknown): void => {
      const written = name === '' ? null : fieldText(value, integers.has(name));
      if (written !== null) text += `${text === '' ? '' : ','}${escaped(name)}=${written}`;
    };
    if (fields.length > 0) {
      for (const [field, name] of fields) put(name, valueOf(record, field));
      return text;
    }
    for (const name of Object.keys(record)) if (!this.#others.has(name)) put(name, record[name]);
    return text;
  }
}

function valueOf(record: LogRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function timeOf(record: LogRecord, { timestamp, precisionNs }: PointOptions): bigint | null {
  if (timestamp === '') return null;
  const value = valueOf(record, timestamp);
  if (precisionNs === 0n) return recordTimeNs(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return INTEGER.test(text) ? BigInt(text) * precisionNs : recordTimeNs(value);
}

/** Null: the record has no such field. */
function fieldText(value: unknown, isInteger: boolean): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || JSON.isRawJSON(value)) {
    const digits = JSON.stringify(value);
    if (!isInteger) return digits;
    return INTEGER.test(digits) ? `${digits}i` : `${BigInt(Math.trunc(Number(digits)))}i`;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;
}

/** A tag is text; an empty one is none. Line breaks would end the point. */
function tagText(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // A backslash at the end would escape what follows.
  return text.replace(/[\r\n]+/g, ' ').replace(/\\+$/, '');
}

/** Names, and the values of tags. */
function escaped(text: string, special = /[,= ]/g): string {
  if (!ODD.test(text)) return text;
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/\\+$/, '')
    .replace(special, '\\$&');
}
