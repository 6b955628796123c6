import { createHash } from 'node:crypto';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { askedProblem } from '../../sql/asked-problem.ts';
import { mysqlServer } from '../../sql/mysql-datasource.ts';
import { MYSQL } from '../../sql/mysql-dialect.ts';
import { openMysql } from '../../sql/mysql-session.ts';
import { openSqlReader } from '../../sql/open-sql-reader.ts';
import { openSharedTable } from '../../sql/shared-table.ts';
import {
  cronOption,
  historyOption,
  keyNames,
  lagOption,
  serverOption,
  TABLE_MEANING,
  zoneOption,
} from '../../sql/sql-options.ts';
import { addressOf, type SqlServer } from '../../sql/sql-server.ts';
import type { SqlSource } from '../../sql/sql-source.ts';
import { isPattern, type TableName, TablePattern } from '../../sql/table-pattern.ts';
import { defineReader } from '../define.ts';
import { option } from '../option.ts';
import { tlsCaOption, tlsOption } from '../server-tls.ts';

const DATASOURCE_EXAMPLE = 'reader:secret@tcp(127.0.0.1:3306)';

const MysqlOptions = z
  .looseObject({
    mysql_datasource: serverOption(mysqlServer, DATASOURCE_EXAMPLE).describe(
      'Where the server is, and as whom to come in: "user:password@tcp(host:port)" or a mysql:// URL.',
    ),
    mysql_database: option
      .required('shop')
      .describe('The database; or several, named as tables are.')
      .meta({ example: 'shop' }),
    mysql_table: option.text('').describe(TABLE_MEANING),
    mysql_sql: option
      .text('')
      .describe(
        'A query in place of a table; with a key it is asked for its rows in that order, without one ' +
          'it may hold parts of the date, too.',
      )
      .meta({ example: 'select * from events where kind = 3' }),
    mysql_offset_key: option
      .text('')
      .describe(
        'Columns whose values rise with every row, parted by commas; rows are read once each, in ' +
          'this order, and the key of the last one is kept.',
      ),
    mysql_timestamp_key: option
      .text('')
      .describe('The same for a column of times, such as the time at which a row was made.'),
    mysql_start_time: option
      .text('')
      .describe('The value of the key that the first run begins at; empty: the first row.')
      .meta({ example: '2026-11-20 20:30:26.324158' }),
    mysql_limit_batch: option
      .int(1_000, { min: 1, max: 1_000_000 })
      .describe('So many rows are asked for at a time.'),
    mysql_cron: cronOption().describe(
      'When to read, as a cron expression or a duration; empty: with a key all the time, without one once.',
    ),
    mysql_exec_onstart: option.flag(true).describe('Reads at the start, too.'),
    mysql_poll_interval: goDurationOption(1_000)
      .describe('With a key and no times: so long it waits when there was nothing new.')
      .meta({ advanced: true }),
    mysql_settle_delay: goDurationOption(1_000)
      .describe('So long before its transaction can be seen a key may be given out.')
      .meta({ advanced: true }),
    mysql_watch_transactions: option
      .flag(true)
      .describe(
        'Waits for transactions that are open and may commit older rows, which takes the privilege ' +
          'PROCESS; "false" only where the settle delay is longer than any of them.',
      )
      .meta({ advanced: true }),
    mysql_time_zone: zoneOption()
      .describe('The zone of columns of the type DATETIME, which have none.')
      .meta({ advanced: true }),
    mysql_history_all: historyOption(),
    magic_lag_duration: lagOption(),
    mysql_tls: tlsOption(),
    mysql_tls_ca: tlsCaOption(),
    mysql_timeout: goDurationOption(600_000)
      .describe('So long a query may take.')
      .meta({ advanced: true }),
  })
  .superRefine((options, check) => {
    const problem = askedProblem({
      table: [options.mysql_database, options.mysql_table],
      query: options.mysql_sql,
      keys: keyNames(options.mysql_timestamp_key, options.mysql_offset_key),
    });
    if (problem !== null)
      check.addIssue({ code: 'custom', path: ['mysql_table'], message: problem });
  });
type MysqlOptions = z.output<typeof MysqlOptions>;

/**
 * Rows as JSON lines. By a key each row is read once, and none is missed whose transaction commits
 * late: a row is handed out when everyone has ended who was writing as the highest key was seen.
 * Values of the key must be given out in rising order, as AUTO_INCREMENT does; a replica, which
 * does not know of its primary's transactions, and rows that are changed later are beyond that.
 * Without a key all rows are read at each run; a run that was cut off begins anew.
 *
 * Of a pattern each table is read for itself, from where it was left. One that was begun is read as
 * long as it is there, at least once a minute; a table that takes its name later is read from its
 * first row, unless both are exchanged between two looks.
 */
export const mysqlReader = defineReader({
  type: 'mysql',
  usage:
    'Reads the rows of MySQL or MariaDB tables or of a query: new ones by a rising column, or all at set times.',
  options: MysqlOptions,
  secrets: ['mysql_datasource'],
  readPaths: ({ mysql_tls_ca: ca }) => (ca === '' ? [] : [ca]),
  open: (options, opening, context) => openSqlReader(sourceOf(options), opening, context),
  partitioned: (options, { size }, context) => openSharedTable(sourceOf(options), size, context),
});

function sourceOf(options: MysqlOptions): SqlSource {
  const { mysql_table: table, mysql_database: database, mysql_sql: query } = options;
  const isFamily = isPattern(database, table);
  const server = { ...serverOf(options), database: isPattern(database) ? '' : database };
  const named = ([group, name]: TableName) => {
    const where = `${addressOf({ ...server, database: group })}/${name}`;
    return { id: `mysql:${where}`, origin: `mysql://${where}` };
  };
  const what =
    table === '' ? `query-${createHash('sha256').update(query).digest('hex').slice(0, 12)}` : table;
  return {
    ...named([database, what]),
    named,
    dialect: MYSQL,
    table: table === '' || isFamily ? null : [database, table],
    query,
    pattern: isFamily ? new TablePattern([database, table]) : null,
    isWithPast: options.mysql_history_all,
    lagMs: options.magic_lag_duration,
    keys: keyNames(options.mysql_timestamp_key, options.mysql_offset_key),
    startAfter: options.mysql_start_time === '' ? [] : [options.mysql_start_time],
    pageRows: options.mysql_limit_batch,
    settleMs: options.mysql_settle_delay,
    isWatching: options.mysql_watch_transactions,
    pollMs: options.mysql_poll_interval,
    cron: options.mysql_cron,
    isRunAtStart: options.mysql_exec_onstart || options.mysql_cron === '',
    connect: (signal) =>
      openMysql(
        { server, timeoutMs: options.mysql_timeout, zone: options.mysql_time_zone },
        signal,
      ),
  };
}

function serverOf(options: MysqlOptions): SqlServer {
  const { mysql_datasource: server, mysql_tls: tls, mysql_tls_ca: tlsCa } = options;
  return {
    ...server,
    ...(tls === 'off' ? {} : { tls }),
    ...(tlsCa === '' ? {} : { tlsCa }),
  };
}
