import type { LogRecord } from '../plugins/plugin.ts';

/** Where the fields of a record go. */
export interface SinkColumns {
  /** Every column of the table that can be written. */
  readonly names: ReadonlySet<string>;
  /** For ids; empty: none are written. */
  readonly id: string;
  /** For an object of the fields that have no column; empty: these are left out. */
  readonly rest: string;
}

/** The fields that have a column, with its id, and the rest of them together. */
export function rowOf(record: LogRecord, id: string, columns: SinkColumns): LogRecord {
  const row: LogRecord = {};
  const rest: LogRecord = {};
  for (const [name, value] of Object.entries(record)) {
    if (columns.names.has(name) && name !== columns.rest) row[name] = value;
    else rest[name] = value;
  }
  if (columns.rest !== '' && Object.keys(rest).length > 0) row[columns.rest] = rest;
  if (columns.id !== '') row[columns.id] = id;
  return row;
}
