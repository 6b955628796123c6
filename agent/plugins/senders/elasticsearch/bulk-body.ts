import { ObjectRecords } from '../../../records/object-records.ts';
import { recordKeys } from '../../../records/record-keys.ts';
import type { LogRecord, Records } from '../../plugin.ts';
import type { IndexName } from './index-name.ts';

const TIME_FIELD = '_time';

interface BulkOptions {
  readonly index: IndexName;
  /** The field that holds the id of a document; empty: none does. */
  readonly idField: string;
  /** What servers before version 7 want to know; null: not this one. */
  readonly type: string | null;
  /** Each document tells when it was sent. */
  readonly hasSendTime: boolean;
}

/** What a bulk request says of one document, and itself: two lines. */
export type BulkItem = string;

interface Sent {
  readonly key: string;
  readonly timeMs: number;
}

/**
 * A document whose id is in the record replaces the one of that id; any other gets an id from the
 * batch's key and its place in it, and is created: whoever is sent it again has it already.
 */
export function bulkItems(
  records: Records,
  { key, timeMs }: Sent,
  options: BulkOptions,
): BulkItem[] {
  const { head, lines } = documentsOf(records, timeMs, options);
  const actionOf = actions({ key, timeMs }, options);
  const looksAtNone = options.index.isFixed && options.idField === '';
  const objects = looksAtNone ? [] : records.objects();
  return lines.map((line, nth) => {
    const action = actionOf(objects[nth] ?? {}, nth);
    if (head === '') return `${action}${line}\n`;
    return `${action}${head}${line === '{}' ? '' : ','}${line.slice(1)}\n`;
  });
}

/** The lines of these items, as the body of a request. */
export function bulkBody(items: readonly BulkItem[]): Buffer {
  return Buffer.from(items.join(''));
}

function actions({ key, timeMs }: Sent, { index, idField, type }: BulkOptions) {
  const { batch, first } = recordKeys(key);
  const rest = type === null ? '' : `,"_type":${JSON.stringify(type)}`;
  const fixed = index.isFixed ? JSON.stringify(index.of({}, timeMs)) : null;
  return (record: LogRecord, nth: number): string => {
    const own = idField === '' ? null : idOf(record[idField]);
    const name = fixed ?? JSON.stringify(index.of(record, timeMs));
    const id = JSON.stringify(own ?? `${batch}-${first + nth}`);
    return `{"${own === null ? 'create' : 'index'}":{"_index":${name}${rest},"_id":${id}}}\n`;
  };
}

function idOf(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value;
  return typeof value === 'number' || JSON.isRawJSON(value) ? JSON.stringify(value) : null;
}

/** What each document begins with, instead of its brace, and the lines of the records. */
function documentsOf(records: Records, timeMs: number, { hasSendTime }: BulkOptions) {
  const ndjson = records.ndjson();
  if (!hasSendTime) return { head: '', lines: linesOf(ndjson) };
  // A field must not be there twice.
  if (ndjson.includes(`"${TIME_FIELD}"`)) {
    const timed = records.objects().map((record) => ({ ...record, [TIME_FIELD]: timeMs }));
    return { head: '', lines: linesOf(new ObjectRecords(timed).ndjson()) };
  }
  return { head: `{"${TIME_FIELD}":${timeMs}`, lines: linesOf(ndjson) };
}

/** As text: many small buffers cost more than all the rest. */
function linesOf(ndjson: Buffer): string[] {
  return ndjson.toString('utf8').split('\n').slice(0, -1);
}
