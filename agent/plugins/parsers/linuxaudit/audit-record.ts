import { setField } from '../../../records/set-field.ts';
import type { LogRecord } from '../../plugin.ts';

/** A key, and a value in quotes, in single ones with fields of its own, or a word. */
const FIELD = /([^\s=]+)=(?:"([^"]*)"|'([^']*)'|([^\s]*))/g;
const STAMP = /^audit\((\d{1,11})\.(\d{1,3}):(\d+)\):?$/;
const MS = 1000;
/** Between the enriched fields and the others. */
const ENRICHED = '\u001d';

/**
 * The fields of a line. What `audit(...)` holds are `msg_timestamp` and `msg_id`; a value in single
 * quotes is an object of its own fields; of fields of one name the later get a number.
 *
 * @throws Error when there is none.
 */
export function auditRecord(line: string): LogRecord {
  const record = fieldsOf(line.replaceAll(ENRICHED, ' '));
  if (Object.keys(record).length === 0) throw new Error('it has no field such as type=SYSCALL');
  return record;
}

function fieldsOf(text: string): LogRecord {
  const record: LogRecord = {};
  for (const [, key = '', quoted, nested, word = ''] of text.matchAll(FIELD)) {
    if (nested !== undefined) {
      add(record, key, nestedValue(nested));
      addAddress(record, nested);
    } else if (key !== 'msg' || !addStamp(record, word)) {
      const value = quoted ?? word.replace(/:$/, '');
      if (value !== '') add(record, key, value);
    }
  }
  return record;
}

/** False: this is no such stamp. */
function addStamp(record: LogRecord, word: string): boolean {
  const [, seconds, millis = '', id] = STAMP.exec(word) ?? [];
  if (seconds === undefined) return false;
  const ms = Number(seconds) * MS + Number(millis.padEnd(3, '0'));
  record['msg_timestamp'] = new Date(ms).toISOString();
  record['msg_id'] = id;
  return true;
}

function nestedValue(text: string): unknown {
  const fields = fieldsOf(text);
  return Object.keys(fields).length > 0 ? fields : text.trim();
}

/** The address of whoever was at work is looked for most. */
function addAddress(record: LogRecord, nested: string): void {
  const address = /(?:^|\s)addr=([^\s"']+)/.exec(nested)?.[1];
  if (address !== undefined && address !== '?') record['addr'] = address;
}

function add(record: LogRecord, key: string, value: unknown): void {
  let name = key;
  for (let number = 1; Object.hasOwn(record, name); number += 1) name = `${key}_${number}`;
  setField(record, name, value);
}
