import { z } from 'zod';
import { lineOptions } from '../../records/line-options.ts';
import { lineParser } from '../../records/line-parser.ts';
import { defineParser } from '../define.ts';
import { option } from '../option.ts';
import type { LogRecord } from '../plugin.ts';
import { bsdMessage } from './syslog/bsd-message.ts';
import { BsdTime } from './syslog/bsd-time.ts';
import { ietfMessage } from './syslog/ietf-message.ts';
import { priorityAt } from './syslog/priority.ts';

const LINES_MAX = 100_000;

const SyslogOptions = z.object({
  syslog_rfc: option
    .choice(['automic', 'rfc3164', 'rfc5424', 'rfc6587'])
    .describe('By which RFC messages are written; "automic": whichever each looks like.'),
  rfc3164_parse_year: option
    .flag(false)
    .describe('Times by RFC 3164 have the year behind them; otherwise they have none.')
    .meta({ advanced: true }),
  syslog_maxline: option
    .int(100, { min: 1, max: LINES_MAX })
    .describe('A message that the reader has joined has at most so many lines.')
    .meta({ advanced: true }),
  facility_detail: option
    .flag(false)
    .describe('The facility in words instead of its number.')
    .meta({ advanced: true }),
  severity_detail: option
    .flag(false)
    .describe('The severity in words instead of its number.')
    .meta({ advanced: true }),
  timezone_offset: option
    .int(0, { min: -24, max: 24 })
    .describe('Hours that are added to times by RFC 3164, which have no zone.')
    .meta({ advanced: true }),
  ...lineOptions,
});

/**
 * A line, or an event that the reader has joined of several by its `head_pattern`, is one message.
 */
export const syslogParser = defineParser({
  type: 'syslog',
  usage: 'A line is one message of syslog, by RFC 3164, RFC 5424 or RFC 6587.',
  sampleLog:
    '<38>Feb 05 10:07:42 xqq-dev system[253]: Listening at 0.0.0.0:3000\n' +
    '<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - failed on /dev/pts/8\n',
  options: SyslogOptions,
  open: (options, { clock }) => {
    const rules = {
      facilityDetail: options.facility_detail,
      severityDetail: options.severity_detail,
    };
    const times = new BsdTime({
      hasYear: options.rfc3164_parse_year,
      timezoneOffsetHours: options.timezone_offset,
      nowMs: () => clock.now(),
    });
    const messageOf = (line: string): LogRecord => {
      requireFewLines(line, options.syslog_maxline);
      const start = options.syslog_rfc === 'rfc3164' ? 0 : countEnd(line);
      return isIetf(line, start, options.syslog_rfc)
        ? ietfMessage(line, start, rules)
        : bsdMessage(line, start, { times, rules });
    };
    return lineParser('syslog', options, (line) => [messageOf(line)]);
  },
});

const COUNT = /\d{1,10} (?=<)/y;

/** RFC 6587 has the length of a message before it. */
function countEnd(line: string): number {
  if (line.startsWith('<')) return 0;
  COUNT.lastIndex = 0;
  return COUNT.exec(line)?.[0].length ?? 0;
}

function isIetf(line: string, start: number, rfc: string): boolean {
  if (rfc !== 'automic') return rfc !== 'rfc3164';
  const priority = priorityAt(line, start);
  return priority !== null && /^\d{1,3} $/.test(versionAt(line, priority.end));
}

/** The first word behind the priority with its blank; a time by RFC 3164 begins with a letter. */
function versionAt(line: string, at: number): string {
  const blank = line.indexOf(' ', at);
  return blank === -1 || blank > at + 3 ? '' : line.slice(at, blank + 1);
}

function requireFewLines(line: string, max: number): void {
  let lines = 1;
  for (let at = line.indexOf('\n'); at !== -1; at = line.indexOf('\n', at + 1)) lines += 1;
  if (lines > max) throw new Error(`it has ${lines} lines; syslog_maxline allows ${max}`);
}
