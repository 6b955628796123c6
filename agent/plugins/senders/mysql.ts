import { z } from 'zod';
import { goDurationOption } from '../../../shared/domain/go-duration.ts';
import { SendRate } from '../../sink/send-rate.ts';
import { mysqlServer } from '../../sql/mysql-datasource.ts';
import { openMysqlSink } from '../../sql/mysql-sink.ts';
import { idColumnOption, serverOption } from '../../sql/sql-options.ts';
import { addressOf } from '../../sql/sql-server.ts';
import { TableSender } from '../../sql/table-sender.ts';
import { defineSender } from '../define.ts';
import { option } from '../option.ts';
import { tlsCaOption, tlsOption } from '../server-tls.ts';

const DATASOURCE_EXAMPLE = 'writer:secret@tcp(127.0.0.1:3306)/logs';
const RATE_MAX = 1_000_000_000;

const MysqlOptions = z.object({
  name: option.senderName(),
  mysql_datasource: serverOption(mysqlServer, DATASOURCE_EXAMPLE).describe(
    'Where the database is, and as whom to come in: "user:password@tcp(host:port)/database" or a mysql:// URL.',
  ),
  mysql_table: option
    .required('logs')
    .describe('The table; it must be there. A field goes into the column of its name.')
    .meta({ example: 'logs' }),
  mysql_id_column: idColumnOption(),
  mysql_rest_column: option
    .text('')
    .describe('A column, json, for the fields that have none; empty: they are left out.'),
  mysql_tls: tlsOption(),
  mysql_tls_ca: tlsCaOption(),
  mysql_timeout: goDurationOption(30_000)
    .describe('So long the server has to answer.')
    .meta({ advanced: true }),
  max_send_rate: option
    .int(-1, { min: -1, max: RATE_MAX })
    .describe(
      'Records a second at most; -1: no limit. A batch goes whole, and the next one waits: a small ' +
        'batch_len makes the waits short.',
    )
    .meta({ advanced: true }),
});

/**
 * Inserts each batch in one transaction. A record is there once: its id, which is the same whenever
 * it is sent, goes into a column with a unique index, and what is there already is passed over; so
 * is a record that another unique index of the table has already. Times are written in UTC.
 */
export const mysqlSender = defineSender({
  type: 'mysql',
  usage: 'Inserts records into a MySQL or MariaDB table, each once by a column of unique ids.',
  options: MysqlOptions,
  secrets: ['mysql_datasource'],
  open: async (options, context) => {
    const { mysql_datasource, mysql_tls: tls, mysql_tls_ca: tlsCa, mysql_table: table } = options;
    const server = {
      ...mysql_datasource,
      ...(tls === 'off' ? {} : { tls }),
      ...(tlsCa === '' ? {} : { tlsCa }),
    };
    const name = options.name || `mysql://${addressOf(server)}/${table}`;
    const sink = {
      ...{ server, timeoutMs: options.mysql_timeout, zone: 'Z', table },
      idColumn: options.mysql_id_column,
      restColumn: options.mysql_rest_column,
    };
    const connect = (signal: AbortSignal) => openMysqlSink(sink, signal);
    const rate = new SendRate(options.max_send_rate, context.clock);
    return new TableSender({ name, connect, rate });
  },
});
