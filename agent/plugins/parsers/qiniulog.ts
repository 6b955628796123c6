import { z } from 'zod';
import { lineOptions } from '../../records/line-options.ts';
import { lineParser } from '../../records/line-parser.ts';
import { defineParser } from '../define.ts';
import { commaList, option } from '../option.ts';
import type { LogRecord } from '../plugin.ts';
import { DEFAULT_HEADS, HEADS, type Head, type Reading, readHead } from './qiniulog/heads.ts';

const QiniulogOptions = z.object({
  qiniulog_prefix: option
    .text('')
    .describe('The prefix that the library was given; a line then begins with one.')
    .meta({ advanced: true }),
  qiniulog_log_headers: z
    .string()
    .default('')
    .transform((text, context): readonly Head[] => {
      const names = commaList(text).filter((name) => name !== 'log');
      const heads = names.flatMap((name) => HEADS.filter((known) => known === name));
      const wrong = names.find((name) => !HEADS.some((known) => known === name));
      if (wrong === undefined) return heads.length === 0 ? DEFAULT_HEADS : heads;
      context.addIssue(`"${wrong}" is none of ${HEADS.join(', ')}`);
      return z.NEVER;
    })
    .describe(
      'What a line has before its text, in this order; "file" may come with a module before it. ' +
        'Empty: date, time, reqid or none, level, module or none, file.',
    )
    .meta({ advanced: true, example: 'prefix,date,time,level,reqid,file' }),
  ...lineOptions,
});

/**
 * An event of the log library of Qiniu is one record. The reader joins its lines: an event begins
 * with the date.
 */
export const qiniulogParser = defineParser({
  type: 'qiniulog',
  usage: 'An event of the log library of Qiniu for Go is one record.',
  sampleLog: '2016/10/20 17:20:30.642662 [reqid01][ERROR] github.com/app/main.go:12: it fails\n',
  headPattern: '^(?:\\S+ )?[1-9]\\d{3}/[01]\\d/[0-3]\\d [0-2]\\d:[0-6]\\d:[0-6]\\d(?:\\.\\d+)? \\[',
  options: QiniulogOptions,
  open: (options) => {
    const given = options.qiniulog_log_headers;
    const hasPrefix = options.qiniulog_prefix !== '' && given[0] !== 'prefix';
    const heads: readonly Head[] = hasPrefix ? ['prefix', ...given] : given;
    return lineParser('qiniulog', options, (line) => [eventRecord(line, heads)]);
  },
});

function eventRecord(line: string, heads: readonly Head[]): LogRecord {
  const reading: Reading = { rest: line, date: '', record: {} };
  for (const head of heads) {
    reading.rest = reading.rest.trimStart();
    readHead(head, reading);
  }
  // Without a time it would be lost.
  if (reading.date !== '') reading.record['date'] = reading.date;
  reading.record['log'] = reading.rest.trim();
  return reading.record;
}
