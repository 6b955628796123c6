import { describe, expect, it } from 'vitest';
import { batchOf, pluginContext } from '../../../test/support/plugin-context.ts';
import { mysqllogParser } from './mysqllog.ts';

const ENTRY = [
  '# User@Host: rdsadmin[rdsadmin] @ localhost [127.0.0.1]  Id:     3',
  '# Query_time: 0.020363  Lock_time: 0.018450 Rows_sent: 0  Rows_examined: 9007199254740993',
  '# Full_scan: Yes  Full_join: No  Schema: 12  QC_hit: No',
  'SET timestamp=1514083320;',
  'use `foo`;',
  'SELECT count(*)',
  '  from orders; # all of them',
  '# Time: 2017-12-24T02:43:00.126000Z',
];

function parse(event: string) {
  const text = `${event}\n`;
  const batch = { ...batchOf(text), lines: 1, ends: Uint32Array.of(Buffer.byteLength(text)) };
  return mysqllogParser.configure({}).open(pluginContext()).parse(batch);
}

describe('the parser mysqllog', () => {
  it('makes a record of an entry that the reader has joined', () => {
    const { records, success } = parse(ENTRY.join('\n'));

    expect(success).toBe(1);
    expect(records.objects()).toEqual([
      {
        ...{ User: 'rdsadmin', Host: 'localhost', Id: 3, Query_time: 0.020363, Lock_time: 0.01845 },
        ...{ Rows_sent: 0, Rows_examined: JSON.rawJSON('9007199254740993') },
        ...{ Full_scan: true, Full_join: false, Schema: '12', QC_hit: false },
        ...{ Database: 'foo', Timestamp: '2017-12-24T02:42:00Z' },
        Statement: 'SELECT count(*)\n  from orders; # all of them',
      },
    ]);
  });

  it('knows a client by its address where it has no name', () => {
    const { records } = parse('# User@Host: app[app] @  [10.0.0.7]\nSELECT 1;');

    expect(records.objects()).toEqual([{ User: 'app', Host: '10.0.0.7', Statement: 'SELECT 1;' }]);
  });

  it.each([
    { lines: ['# Time: 2017-12-24T02:42:00.126000Z'] },
    {
      lines: [
        '/usr/sbin/mysqld, Version: 8.0. started with:',
        'Tcp port: 3306  Unix socket: /x',
        'Time                 Id Command    Argument',
      ],
    },
  ])('makes nothing of what a file begins with', ({ lines }) => {
    const { records, success, errors, lineOf } = parse(lines.join('\n'));

    expect(records.count).toBe(0);
    expect({ success, errors, lineOf }).toEqual({ success: 1, errors: 0, lineOf: null });
  });

  it('says of a line of its own that it is no entry', () => {
    const { records, lastError } = parse('SELECT 1;');

    expect(records.objects()).toEqual([{ pandora_stash: 'SELECT 1;' }]);
    expect(lastError).toContain('no whole entry');
  });

  it('has the reader join the lines of an entry', () => {
    expect(mysqllogParser.headPattern).toBe('^# User@Host:');
  });
});
