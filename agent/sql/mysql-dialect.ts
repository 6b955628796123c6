import { quotedText } from './mysql-values.ts';
import type { SqlDialect } from './sql-session.ts';

export const MYSQL: SqlDialect = {
  quoted: (...parts) => parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.'),
  primaryKey: ([database = '', table = '']) =>
    'SELECT column_name FROM information_schema.key_column_usage' +
    ` WHERE table_schema = ${quotedText(database)} AND table_name = ${quotedText(table)}` +
    " AND constraint_name = 'PRIMARY' ORDER BY ordinal_position",
  tables: ([database, table], rowsMax) =>
    "SELECT table_schema, table_name, '', '' FROM information_schema.tables" +
    " WHERE table_type = 'BASE TABLE'" +
    " AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')" +
    ` AND table_schema LIKE ${quotedText(database)} ESCAPE '!'` +
    ` AND table_name LIKE ${quotedText(table)} ESCAPE '!' ORDER BY 1, 2 LIMIT ${rowsMax}`,
  // Who has written holds a lock; who only reads, such as a dump, is not waited for.
  openTransactions:
    "SELECT concat(trx_mysql_thread_id, ' since ', trx_started) FROM information_schema.innodb_trx" +
    ' WHERE (trx_lock_structs > 0 OR trx_rows_modified > 0)' +
    ' AND trx_mysql_thread_id <> connection_id()',
};
