import { quotedText } from './postgres-values.ts';
import type { SqlDialect } from './sql-session.ts';

const quoted: SqlDialect['quoted'] = (...parts) =>
  parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.');

/** Locks of those who write; `pg_locks` shows those of all users to everyone. */
const WRITES =
  "('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

export const POSTGRES: SqlDialect = {
  quoted,
  primaryKey: (table) =>
    'SELECT attribute.attname FROM pg_index AS one JOIN pg_attribute AS attribute' +
    ' ON attribute.attrelid = one.indrelid AND attribute.attnum = ANY(one.indkey)' +
    ` WHERE one.indisprimary AND one.indrelid = ${quotedText(quoted(...table))}::regclass` +
    ' ORDER BY array_position(one.indkey::int2[], attribute.attnum)',
  tables: ([schema, table], rowsMax) =>
    "SELECT space.nspname, one.relname, one.oid::text, COALESCE(pg_partition_root(one.oid)::oid::text, '')" +
    ' FROM pg_class AS one JOIN pg_namespace AS space ON space.oid = one.relnamespace' +
    " WHERE one.relkind IN ('r', 'p')" +
    " AND space.nspname <> 'information_schema' AND space.nspname NOT LIKE 'pg!_%' ESCAPE '!'" +
    ` AND space.nspname LIKE ${quotedText(schema)} ESCAPE '!'` +
    ` AND one.relname LIKE ${quotedText(table)} ESCAPE '!' ORDER BY 1, 2 LIMIT ${rowsMax}`,
  // By its number, too, where it has one: a transaction that is prepared changes its other name.
  openTransactions:
    'SELECT DISTINCT unnest(ARRAY[virtualtransaction, transactionid::text]) FROM pg_locks' +
    " WHERE virtualtransaction IN (SELECT virtualtransaction FROM pg_locks WHERE locktype = 'transactionid' OR" +
    ` (locktype = 'relation' AND mode IN ${WRITES}` +
    ' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))' +
    ' AND pid IS DISTINCT FROM pg_backend_pid()',
};

/**
 * A time that a transaction writes may be that of its beginning: so whoever is open now may yet
 * write one that is older than what is there.
 */
export const POSTGRES_BY_TIME: SqlDialect = {
  ...POSTGRES,
  openTransactions:
    'SELECT DISTINCT unnest(ARRAY[virtualtransaction, transactionid::text]) FROM pg_locks' +
    " WHERE (locktype = 'transactionid' OR (locktype = 'virtualxid' AND granted))" +
    ' AND pid IS DISTINCT FROM pg_backend_pid()',
};
