import type { LogRecord } from '../../plugin.ts';
import type { BsdTime } from './bsd-time.ts';
import { type DetailRules, priorityAt, priorityFields } from './priority.ts';

const RFC3339 = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) /y;
/** A name, perhaps with a number in brackets, a colon. */
const TAG = /([^\s:[\]]{1,128})(?:\[([^\]]{0,128})\])?: ?/y;

/**
 * A message by RFC 3164: `<34>Oct 11 22:14:15 host tag[pid]: content`. One in a file may have no
 * priority, and a time by RFC 3339; all that follows a priority without a time is content, as the
 * RFC has it.
 *
 * @throws Error when it is none.
 */
export function bsdMessage(
  line: string,
  start: number,
  { times, rules }: { readonly times: BsdTime; readonly rules: DetailRules },
): LogRecord {
  const priority = priorityAt(line, start);
  const from = priority?.end ?? start;
  const stamp = times.at(line, from) ?? rfc3339At(line, from);
  if (stamp === null && priority === null) {
    throw new Error('it begins with neither a priority such as <34> nor a time');
  }
  const record = priority === null ? {} : priorityFields(priority.value, rules);
  if (stamp === null) {
    record['content'] = line.slice(from);
    return record;
  }
  record['timestamp'] = stamp.time;
  readRest(record, line, stamp.end);
  return record;
}

function rfc3339At(line: string, start: number) {
  RFC3339.lastIndex = start;
  const found = RFC3339.exec(line);
  return found === null ? null : { time: found[1] ?? '', end: start + found[0].length };
}

function readRest(record: LogRecord, line: string, start: number): void {
  const blank = line.indexOf(' ', start);
  const end = blank === -1 ? line.length : blank;
  const hostname = line.slice(start, end);
  if (hostname !== '' && hostname !== '-') record['hostname'] = hostname;
  TAG.lastIndex = end + 1;
  const tag = TAG.exec(line);
  if (tag !== null) {
    record['tag'] = tag[1];
    if (tag[2] !== undefined) record['proc_id'] = tag[2];
  }
  record['content'] = line.slice(tag === null ? end + 1 : TAG.lastIndex);
}
