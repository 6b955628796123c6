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

const INTEGER = /^-?\d+$/;

/**
 * A record as a line of InfluxDB's line protocol, without its line break; null when it has none of
 * the fields, so that it is no point. `ownNs` is the time of a record that has none.
 */
export function linePoint(record: LogRecord, ownNs: bigint, options: PointOptions): string | null {
  const fields = fieldsOf(record, options).flatMap(([field, name]) => {
    const text = fieldText(valueOf(record, field), options.integers.has(name));
    return text === null || name === '' ? [] : [`${escaped(name)}=${text}`];
  });
  if (fields.length === 0) return null;
  const tags = options.tags.flatMap(([field, name]) => {
    const text = tagText(valueOf(record, field));
    return text === '' || name === '' ? [] : [`,${escaped(name)}=${escaped(text)}`];
  });
  const timeNs = timeOf(record, options) ?? ownNs;
  const measurement = escaped(options.measurement, /[, ]/g);
  return `${measurement}${tags.join('')} ${fields.join(',')} ${timeNs}`;
}

function fieldsOf(record: LogRecord, { fields, tags, timestamp }: PointOptions): readonly Alias[] {
  if (fields.length > 0) return fields;
  const others = new Set([timestamp, ...tags.map(([field]) => field)]);
  return Object.keys(record).flatMap((name): Alias[] => (others.has(name) ? [] : [[name, name]]));
}

function valueOf(record: LogRecord, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function timeOf(record: LogRecord, { timestamp, precisionNs }: PointOptions): bigint | null {
  if (timestamp === '') return null;
  const value = valueOf(record, timestamp);
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  if (precisionNs > 0n && INTEGER.test(text)) return BigInt(text) * precisionNs;
  return recordTimeNs(value);
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
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
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
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/\\+$/, '')
    .replace(special, '\\$&');
}
