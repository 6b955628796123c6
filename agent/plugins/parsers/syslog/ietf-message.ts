import type { LogRecord } from '../../plugin.ts';
import { type DetailRules, priorityAt, priorityFields } from './priority.ts';
import { structuredDataAt } from './structured-data.ts';

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
const VERSION = /^[1-9]\d{0,2}$/;
/** Words between the priority and the structured data. */
const NAMES = ['version', 'timestamp', 'hostname', 'app_name', 'proc_id', 'msg_id'] as const;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * A message by RFC 5424: `<34>1 2003-10-11T22:14:15.003Z host app proc id [data] message`. What is
 * `-` has no field. Data that is not well-formed is a part of the message.
 *
 * @throws Error when it is none.
 */
export function ietfMessage(line: string, start: number, rules: DetailRules): LogRecord {
  const priority = priorityAt(line, start);
  if (priority === null) throw new Error('it does not begin with a priority such as <34>');
  const record = priorityFields(priority.value, rules);
  let at = priority.end;
  for (const name of NAMES) {
    if (at > line.length) throw new Error(`it ends before its ${name}`);
    const blank = line.indexOf(' ', at);
    const end = blank === -1 ? line.length : blank;
    const word = line.slice(at, end);
    if (word !== '-') record[name] = checked(name, word);
    at = end + 1;
  }
  readRest(record, line, at);
  return record;
}

function checked(name: (typeof NAMES)[number], word: string): unknown {
  if (word === '') throw new Error(`its ${name} is empty`);
  if (name === 'version') {
    if (!VERSION.test(word)) throw new Error('its version is no number');
    return Number(word);
  }
  if (name === 'timestamp' && !TIMESTAMP.test(word)) {
    throw new Error('its timestamp is none by RFC 3339');
  }
  return word;
}

function readRest(record: LogRecord, line: string, start: number): void {
  let at = start;
  if (line.startsWith('-', at) && (line.length === at + 1 || line.charAt(at + 1) === ' ')) {
    at += 2;
  } else if (line.charAt(at) === '[') {
    const data = structuredDataAt(line, at);
    if (data !== null) {
      record['structured_data'] = data.elements;
      at = data.end;
      if (line.charAt(at) === ' ') at += 1;
    }
  }
  const message = line.slice(line.startsWith(BYTE_ORDER_MARK, at) ? at + 1 : at);
  if (message !== '') record['message'] = message;
}
