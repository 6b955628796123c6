import { z } from 'zod';
import { readerOf } from '../../records/field-values.ts';
import { lineOptions } from '../../records/line-options.ts';
import { lineParser } from '../../records/line-parser.ts';
import { defineParser } from '../define.ts';
import type { LogRecord } from '../plugin.ts';
import { slowQuery } from './mysqllog/slow-query.ts';

/**
 * An entry of the log of slow queries is one record. The reader joins its lines: an entry begins
 * with the line that says whose query it was.
 */
export const mysqllogParser = defineParser({
  type: 'mysqllog',
  usage: 'An entry of the log of slow queries of MySQL is one record.',
  sampleLog:
    '# User@Host: rdsadmin[rdsadmin] @ localhost [127.0.0.1]  Id:     1\n' +
    '# Query_time: 0.020363  Lock_time: 0.018450 Rows_sent: 0  Rows_examined: 1\n' +
    'SET timestamp=1514083320;\nuse foo;\nSELECT count(*) FROM orders;\n',
  headPattern: '^# User@Host:',
  options: z.object(lineOptions),
  open: (options) => {
    const readers = {
      long: readerOf('long', NO_DATES),
      float: readerOf('float', NO_DATES),
    };
    // What a file begins with tells of the server, and is no entry.
    const recordsOf = (event: string): LogRecord[] => slowQuery(event, readers);
    return lineParser('mysqllog', options, recordsOf);
  },
});

const NO_DATES = { timezoneOffsetHours: 0, timeLayouts: [], nowMs: () => 0 };
