import type { ReadField } from '../../../records/field-values.ts';
import { setField } from '../../../records/set-field.ts';
import type { LogRecord } from '../../plugin.ts';

interface ValueReaders {
  readonly long: ReadField;
  readonly float: ReadField;
}

const HEAD = '# User@Host:';
/** The time of the entry that follows; the entry's own is in its `SET timestamp`. */
const TIME = '# Time:';
/** A server that starts writes these in between. */
const BANNER = /started with:\s*$|^Tcp port: |^Time\s+Id\s+Command/;
const WHO = /^# User@Host: ([^[\s]*)[^@]*@ ?([^[\s]*)(?: ?\[([^\]]*)\])?/;
const ATTRIBUTE = /(\w+): +(\S+)/g;
const TIMESTAMP = /^SET timestamp=(\d{1,12})(?:\.\d+)?;?$/i;
const DATABASE = /^use (\S+?);?$/i;

const WORDS = new Set(['Yes', 'No']);
const TEXTS = new Set(['Schema', 'InnoDB_trx_id', 'Start', 'End', 'Log_slow_rate_type']);
const MS = 1000;

/**
 * The record of an entry; none of what stands before the first one of a file.
 *
 * @throws Error when it is a part of an entry only.
 */
export function slowQuery(event: string, readers: ValueReaders): LogRecord[] {
  const lines = event.split('\n').map((line) => line.trimEnd());
  if (!event.startsWith(HEAD)) {
    if (isPreamble(lines)) return [];
    throw new Error('it is no whole entry of a log of slow queries; does a head_pattern join it?');
  }
  const record: LogRecord = {};
  const head = lines.findIndex((line) => !line.startsWith('#'));
  const behind = head === -1 ? lines.length : head;
  for (const line of lines.slice(0, behind)) readHead(record, line, readers);
  const rest = lines.slice(behind);
  const settings = rest.findIndex((line) => !readSetting(record, line));
  record['Statement'] = settings === -1 ? '' : statementOf(rest.slice(settings));
  return [record];
}

function isPreamble(lines: readonly string[]): boolean {
  if (lines.some((line) => BANNER.test(line))) return true;
  return lines.every((line) => line === '' || line.startsWith(TIME));
}

function readHead(record: LogRecord, line: string, readers: ValueReaders): void {
  const who = WHO.exec(line);
  if (who !== null) {
    record['User'] = who[1] ?? '';
    record['Host'] = who[2] === '' ? (who[3] ?? '') : who[2];
    const id = / Id: +(\d+)/.exec(line)?.[1];
    if (id !== undefined) record['Id'] = readers.long(id);
    return;
  }
  for (const [, name = '', text = ''] of line.matchAll(ATTRIBUTE)) {
    setField(record, name, valueOf(name, text, readers));
  }
}

function valueOf(name: string, text: string, { long, float }: ValueReaders): unknown {
  if (TEXTS.has(name)) return text;
  if (WORDS.has(text)) return text === 'Yes';
  if (/^\d+$/.test(text)) return long(text);
  return /^\d+\.\d+$/.test(text) ? float(text) : text;
}

/** What the server says of the session before the statement; false: the statement begins. */
function readSetting(record: LogRecord, line: string): boolean {
  const database = DATABASE.exec(line);
  const timestamp = TIMESTAMP.exec(line);
  if (database !== null) record['Database'] = database[1]?.replaceAll('`', '');
  if (timestamp !== null) {
    const seconds = Number(timestamp[1]);
    record['Timestamp'] = new Date(seconds * MS).toISOString().replace('.000Z', 'Z');
  }
  return database !== null || timestamp !== null;
}

function statementOf(lines: readonly string[]): string {
  const end = lines.findIndex((line) => line.startsWith(TIME) || BANNER.test(line));
  return (end === -1 ? lines : lines.slice(0, end)).join('\n').trim();
}
