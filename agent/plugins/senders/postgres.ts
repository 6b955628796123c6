import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { postgresServer } from '../../sql/postgres-datasource.ts';
import { openPostgresSink } from '../../sql/postgres-sink.ts';
import { idColumnOption, serverOption } from '../../sql/sql-options.ts';
import { addressOf } from '../../sql/sql-server.ts';
import { TableSender } from '../../sql/table-sender.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import { tlsCaOption, tlsOption } from '../server-tls.ts';

const DATASOURCE_EXAMPLE = 'host=localhost port=5432 dbname=logs user=writer password=secret';

const PostgresOptions = z.object({
  name: option.senderName(),
  postgres_datasource: serverOption(postgresServer, DATASOURCE_EXAMPLE).describe(
    'Where the server is, and as whom to come in: "host=... user=..." or a postgres:// URL.',
  ),
  postgres_database: option.text('').describe('The database; empty: that of the data source.'),
  postgres_schema: option.text('public').describe('The schema of the table.'),
  postgres_table: option
    .required('logs')
    .describe('The table; it must be there. A field goes into the column of its name.')
    .meta({ example: 'logs' }),
  postgres_id_column: idColumnOption(),
  postgres_rest_column: option
    .text('')
    .describe('A column, jsonb, for the fields that have none; empty: they are left out.'),
  postgres_tls: tlsOption(),
  postgres_tls_ca: tlsCaOption(),
  postgres_timeout: goDurationOption(30_000)
    .describe('So long the server has to answer.')
    .meta({ advanced: true }),
});
type PostgresOptions = z.output<typeof PostgresOptions>;

/**
 * Inserts each batch in one transaction. A record is there once: its id, which is the same whenever
 * it is sent, goes into a column with a unique index, and what is there already is passed over.
 */
export const postgresSender = defineSender({
  type: 'postgres',
  usage: 'Inserts records into a PostgreSQL table, each once by a column of unique ids.',
  options: PostgresOptions,
  secrets: ['postgres_datasource'],
  open: async (options) => {
    const { postgres_schema: schema, postgres_table: table } = options;
    const server = serverOf(options);
    const name = options.name || `postgres://${addressOf(server)}/${schema}.${table}`;
    const sink = {
      ...{ server, timeoutMs: options.postgres_timeout, zone: 'Z', table: [schema, table] },
      idColumn: options.postgres_id_column,
      restColumn: options.postgres_rest_column,
    };
    const connect = (signal: AbortSignal) => openPostgresSink(sink, signal);
    return new TableSender({ name, connect });
  },
});

function serverOf(options: PostgresOptions) {
  const { postgres_datasource: server, postgres_database: database } = options;
  const { postgres_tls: tls, postgres_tls_ca: tlsCa } = options;
  return {
    ...server,
    ...(database === '' ? {} : { database }),
    ...(tls === 'off' ? {} : { tls }),
    ...(tlsCa === '' ? {} : { tlsCa }),
  };
}
