import { createHash } from 'node:crypto';
import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { askedProblem } from '../../sql/asked-problem.ts';
import { openSqlReader } from '../../sql/open-sql-reader.ts';
import { postgresServer } from '../../sql/postgres-datasource.ts';
import { POSTGRES, POSTGRES_BY_TIME } from '../../sql/postgres-dialect.ts';
import { openPostgres } from '../../sql/postgres-session.ts';
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

const DATASOURCE_EXAMPLE = 'host=localhost port=5432 user=reader password=secret';

const PostgresOptions = z
  .looseObject({
    postgres_datasource: serverOption(postgresServer, DATASOURCE_EXAMPLE).describe(
      'Where the server is, and as whom to come in: "host=... user=..." or a postgres:// URL.',
    ),
    postgres_database: option.text('').describe('The database; empty: that of the data source.'),
    postgres_schema: option
      .text('public')
      .describe('The schema of the table; or several, named as tables are.'),
    postgres_table: option.text('').describe(TABLE_MEANING),
    postgres_sql: option
      .text('')
      .describe(
        'A query in place of a table; with a key it is asked for its rows in that order, without one ' +
          'it may hold parts of the date, too.',
      )
      .meta({ example: 'select * from events where kind = 3' }),
    postgres_offset_key: option
      .text('')
      .describe(
        'Columns whose values rise with every row, parted by commas; rows are read once each, in ' +
          'this order, and the key of the last one is kept.',
      ),
    postgres_timestamp_key: option
      .text('')
      .describe('The same for a column of times, such as the time at which a row was made.'),
    postgres_start_time: option
      .text('')
      .describe('The value of the key that the first run begins at; empty: the first row.')
      .meta({ example: '2026-11-20 20:30:26.324259' }),
    postgres_limit_batch: option
      .int(1_000, { min: 1, max: 1_000_000 })
      .describe('So many rows are asked for at a time.'),
    postgres_cron: cronOption().describe(
      'When to read, as a cron expression or a duration; empty: with a key all the time, without one once.',
    ),
    postgres_exec_onstart: option.flag(true).describe('Reads at the start, too.'),
    postgres_poll_interval: goDurationOption(1_000)
      .describe('With a key and no times: so long it waits when there was nothing new.')
      .meta({ advanced: true }),
    postgres_settle_delay: goDurationOption(1_000)
      .describe('So long before its row can be seen a key may be given out.')
      .meta({ advanced: true }),
    postgres_watch_transactions: option
      .flag(true)
      .describe(
        'Waits for transactions that are open and may commit older rows; "false" only where the ' +
          'settle delay is longer than any of them.',
      )
      .meta({ advanced: true }),
    postgres_time_zone: zoneOption()
      .describe('The zone of columns of the type timestamp, which have none.')
      .meta({ advanced: true }),
    postgres_history_all: historyOption(),
    magic_lag_duration: lagOption(),
    postgres_tls: tlsOption(),
    postgres_tls_ca: tlsCaOption(),
    postgres_timeout: goDurationOption(600_000)
      .describe('So long a query may take.')
      .meta({ advanced: true }),
  })
  .superRefine((options, check) => {
    const problem = askedProblem({
      table: [options.postgres_schema, options.postgres_table],
      query: options.postgres_sql,
      keys: keyNames(options.postgres_timestamp_key, options.postgres_offset_key),
    });
    if (problem !== null)
      check.addIssue({ code: 'custom', path: ['postgres_table'], message: problem });
  });
type PostgresOptions = z.output<typeof PostgresOptions>;

/**
 * Rows as JSON lines. By a key each row is read once, and none is missed whose transaction commits
 * late: a row is handed out when everyone has ended who was writing as the highest key was seen.
 * Values of the key must be given out in rising order: a sequence without a cache, or a time. A
 * sequence with a cache, a standby server and rows that are changed later are beyond that. Without a
 * key all rows are read at each run; a run that was cut off begins anew.
 *
 * Of a pattern each table is read for itself, from where it was left. One that was begun is read as
 * long as it is there, at least once a minute; a table that takes its name later is read from its
 * first row.
 */
export const postgresReader = defineReader({
  type: 'postgres',
  usage:
    'Reads the rows of PostgreSQL tables or of a query: new ones by a rising column, or all at set times.',
  options: PostgresOptions,
  secrets: ['postgres_datasource'],
  readPaths: ({ postgres_tls_ca: ca }) => (ca === '' ? [] : [ca]),
  open: (options, opening, context) => openSqlReader(sourceOf(options), opening, context),
  partitioned: (options, { size }, context) => openSharedTable(sourceOf(options), size, context),
});

function sourceOf(options: PostgresOptions): SqlSource {
  const { postgres_table: table, postgres_schema: schema, postgres_sql: query } = options;
  const server = serverOf(options);
  const named = ([group, name]: TableName) => knownBy(server, `${group}.${name}`);
  const isFamily = table !== '' && isPattern(schema, table);
  const queryName = `query-${createHash('sha256').update(query).digest('hex').slice(0, 12)}`;
  const isByTime = options.postgres_timestamp_key !== '';
  return {
    ...(table === '' ? knownBy(server, queryName) : named([schema, table])),
    named,
    dialect: isByTime ? POSTGRES_BY_TIME : POSTGRES,
    table: table === '' || isFamily ? null : [schema, table],
    query,
    pattern: isFamily ? new TablePattern([schema, table]) : null,
    isWithPast: options.postgres_history_all,
    lagMs: options.magic_lag_duration,
    keys: keyNames(options.postgres_timestamp_key, options.postgres_offset_key),
    startAfter: options.postgres_start_time === '' ? [] : [options.postgres_start_time],
    pageRows: options.postgres_limit_batch,
    settleMs: options.postgres_settle_delay,
    isWatching: options.postgres_watch_transactions,
    pollMs: options.postgres_poll_interval,
    cron: options.postgres_cron,
    isRunAtStart: options.postgres_exec_onstart || options.postgres_cron === '',
    connect: (signal) =>
      openPostgres(
        { server, timeoutMs: options.postgres_timeout, zone: options.postgres_time_zone },
        signal,
      ),
  };
}

function knownBy(server: SqlServer, what: string): Pick<SqlSource, 'id' | 'origin'> {
  const where = `${addressOf(server)}/${what}`;
  return { id: `postgres:${where}`, origin: `postgres://${where}` };
}

function serverOf(options: PostgresOptions): SqlServer {
  const { postgres_datasource: server, postgres_database: database } = options;
  const { postgres_tls: tls, postgres_tls_ca: tlsCa } = options;
  return {
    ...server,
    ...(database === '' ? {} : { database }),
    ...(tls === 'off' ? {} : { tls }),
    ...(tlsCa === '' ? {} : { tlsCa }),
  };
}
