import { AppError } from '../../shared/kernel/errors.ts';
import type { LogRecord } from '../plugins/plugin.ts';
import { deliveryIds } from '../records/delivery-ids.ts';
import { MYSQL } from './mysql-dialect.ts';
import { mysqlLiteral } from './mysql-literal.ts';
import { type MysqlOpening, type MysqlSession, openMysql } from './mysql-session.ts';
import { quotedText } from './mysql-values.ts';
import { rowOf, type SinkColumns } from './sink-columns.ts';
import type { TableSink } from './table-sender.ts';

/** A statement is about this long at most: servers take 16 MB or more. */
const STATEMENT_LENGTH_MAX = 1024 * 1024;
const TIME_TYPES = ['datetime', 'timestamp'];

export interface MysqlTable extends MysqlOpening {
  /** In the database of the server. */
  readonly table: string;
  readonly idColumn: string;
  readonly restColumn: string;
}

interface MysqlColumns extends SinkColumns {
  readonly times: ReadonlySet<string>;
}

/** @throws AppError `invalid` when the table is not there, or its ids are not unique. */
export async function openMysqlSink(opening: MysqlTable, signal: AbortSignal): Promise<TableSink> {
  const session = await openMysql(opening, signal);
  try {
    const columns = await columnsOf(session, opening);
    return new MysqlSink(session, MYSQL.quoted(opening.table), columns);
  } catch (thrown) {
    session.close();
    throw thrown;
  }
}

class MysqlSink implements TableSink {
  readonly #session: MysqlSession;
  readonly #table: string;
  readonly #columns: MysqlColumns;

  constructor(session: MysqlSession, table: string, columns: MysqlColumns) {
    this.#session = session;
    this.#table = table;
    this.#columns = columns;
  }

  async insert(records: readonly LogRecord[], key: string): Promise<void> {
    const ids = deliveryIds(key, records, this.#columns.id);
    const rows = records.map((record, index) => rowOf(record, ids[index] ?? '', this.#columns));
    const statements = [...this.#statements(rows)];
    if (statements.length > 1) await this.#session.query('BEGIN');
    try {
      for (const statement of statements) await this.#session.query(statement);
    } catch (thrown) {
      // It fails where the connection is lost, which undoes as much.
      if (statements.length > 1) await this.#session.query('ROLLBACK').catch(() => undefined);
      throw thrown;
    }
    if (statements.length > 1) await this.#session.query('COMMIT');
  }

  close(): void {
    this.#session.close();
  }

  *#statements(rows: readonly LogRecord[]): Generator<string> {
    const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    // No field has a column: rows of defaults would say nothing.
    if (names.length === 0) return;
    const quoted = names.map((name) => MYSQL.quoted(name)).join(', ');
    const head = `INSERT INTO ${this.#table} (${quoted}) VALUES `;
    let values = '';
    for (const row of rows) {
      const literals = names.map((name) => mysqlLiteral(row[name], this.#columns.times.has(name)));
      values += `${values === '' ? '' : ','}(${literals.join(',')})`;
      if (values.length < STATEMENT_LENGTH_MAX) continue;
      yield head + values + this.#once;
      values = '';
    }
    if (values !== '') yield head + values + this.#once;
  }

  /** INSERT IGNORE would also let pass what does not fit. */
  get #once(): string {
    const { id } = this.#columns;
    return id === '' ? '' : ` ON DUPLICATE KEY UPDATE ${MYSQL.quoted(id)} = ${MYSQL.quoted(id)}`;
  }
}

async function columnsOf(session: MysqlSession, opening: MysqlTable): Promise<MysqlColumns> {
  const { table, idColumn, restColumn } = opening;
  const here = `table_schema = database() AND table_name = ${quotedText(table)}`;
  const { rows } = await session.query(
    `SELECT column_name, data_type FROM information_schema.columns WHERE ${here} AND extra NOT LIKE '%GENERATED'`,
  );
  const types = new Map(rows.map(([name, type]) => [String(name), String(type)]));
  if (types.size === 0) throw new AppError('invalid', `there is no table ${table}`);
  await requireColumns(session, { opening, here, names: new Set(types.keys()) });
  const times = [...types].filter(([, type]) => TIME_TYPES.includes(type.toLowerCase()));
  return {
    names: new Set(types.keys()),
    times: new Set(times.map(([name]) => name)),
    ...{ id: idColumn, rest: restColumn },
  };
}

interface TableFacts {
  readonly opening: MysqlTable;
  readonly here: string;
  readonly names: ReadonlySet<string>;
}

async function requireColumns(session: MysqlSession, { opening, here, names }: TableFacts) {
  const { table, idColumn, restColumn } = opening;
  if (restColumn !== '' && !names.has(restColumn)) {
    throw new AppError('invalid', `the table ${table} has no column ${restColumn}`);
  }
  if (idColumn === '') return;
  const { rows } = await session.query(
    `SELECT index_name FROM information_schema.statistics WHERE ${here} AND non_unique = 0` +
      ` GROUP BY index_name HAVING count(*) = 1 AND max(column_name) = ${quotedText(idColumn)}`,
  );
  if (rows.length > 0) return;
  const column = MYSQL.quoted(idColumn);
  const remedy = names.has(idColumn)
    ? `ALTER TABLE ${MYSQL.quoted(table)} ADD UNIQUE (${column})`
    : `ALTER TABLE ${MYSQL.quoted(table)} ADD COLUMN ${column} varchar(255) UNIQUE`;
  throw new AppError(
    'invalid',
    `the table ${table} has no column ${idColumn} of unique values: ${remedy}`,
  );
}
