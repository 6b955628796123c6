import { AppError } from '../../shared/kernel/errors.ts';
import type { LogRecord } from '../plugins/plugin.ts';
import { deliveryIds } from '../records/delivery-ids.ts';
import { POSTGRES } from './postgres-dialect.ts';
import { openPostgres, type PostgresOpening, type PostgresSession } from './postgres-session.ts';
import { quotedText } from './postgres-values.ts';
import { rowOf, type SinkColumns } from './sink-columns.ts';
import type { TableSink } from './table-sender.ts';

export interface PostgresTable extends PostgresOpening {
  readonly table: readonly string[];
  readonly idColumn: string;
  readonly restColumn: string;
}

/** @throws AppError `invalid` when the table is not there or has no such column. */
export async function openPostgresSink(
  opening: PostgresTable,
  signal: AbortSignal,
): Promise<TableSink> {
  const session = await openPostgres(opening, signal);
  try {
    const columns = await columnsOf(session, opening);
    return new PostgresSink(session, POSTGRES.quoted(...opening.table), columns);
  } catch (thrown) {
    session.close();
    throw thrown;
  }
}

class PostgresSink implements TableSink {
  readonly #session: PostgresSession;
  readonly #table: string;
  readonly #columns: SinkColumns;

  constructor(session: PostgresSession, table: string, columns: SinkColumns) {
    this.#session = session;
    this.#table = table;
    this.#columns = columns;
  }

  /** The server makes of JSON what the columns hold; records of the same fields go together. */
  async insert(records: readonly LogRecord[], key: string): Promise<void> {
    const groups = new Map<string, LogRecord[]>();
    const ids = deliveryIds(key, records, this.#columns.id);
    for (const [index, record] of records.entries()) {
      const row = rowOf(record, ids[index] ?? '', this.#columns);
      const names = Object.keys(row).toSorted();
      const shape = names.map((name) => POSTGRES.quoted(name)).join(', ');
      const group = groups.get(shape);
      if (group === undefined) groups.set(shape, [row]);
      else group.push(row);
    }
    await this.#together(groups);
  }

  close(): void {
    this.#session.close();
  }

  async #together(groups: ReadonlyMap<string, readonly LogRecord[]>): Promise<void> {
    if (groups.size === 1) return this.#insertAll(groups);
    await this.#session.query('BEGIN');
    try {
      await this.#insertAll(groups);
    } catch (thrown) {
      // It fails where the connection is lost, which undoes as much.
      await this.#session.query('ROLLBACK').catch(() => undefined);
      throw thrown;
    }
    await this.#session.query('COMMIT');
  }

  async #insertAll(groups: ReadonlyMap<string, readonly LogRecord[]>): Promise<void> {
    const { id } = this.#columns;
    const once = id === '' ? '' : ` ON CONFLICT (${POSTGRES.quoted(id)}) DO NOTHING`;
    for (const [shape, rows] of groups) {
      // No field has a column: a row of defaults would say nothing.
      if (shape === '') continue;
      await this.#session.run(
        `INSERT INTO ${this.#table} (${shape}) SELECT ${shape}` +
          ` FROM json_populate_recordset(NULL::${this.#table}, $1)${once}`,
        [JSON.stringify(rows)],
      );
    }
  }
}

async function columnsOf(
  session: PostgresSession,
  { table, idColumn, restColumn }: PostgresTable,
): Promise<SinkColumns> {
  const name = POSTGRES.quoted(...table);
  const { rows } = await session.query(
    `SELECT attname FROM pg_attribute WHERE attrelid = ${quotedText(name)}::regclass` +
      " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity <> 'a'",
  );
  const names = new Set(rows.map(([column]) => String(column)));
  const missing = [idColumn, restColumn].find((column) => column !== '' && !names.has(column));
  if (missing === undefined) return { names, id: idColumn, rest: restColumn };
  const type = missing === idColumn ? 'varchar(255) UNIQUE' : 'jsonb';
  const remedy = `ALTER TABLE ${name} ADD COLUMN ${POSTGRES.quoted(missing)} ${type}`;
  throw new AppError('invalid', `the table ${name} has no column ${missing}: ${remedy}`);
}
