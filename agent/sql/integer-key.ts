import { AppError } from '../../shared/kernel/errors.ts';
import type { SqlColumn, SqlRows, SqlSession } from './sql-session.ts';
import { fromClause, type SqlSource } from './sql-source.ts';

const ID_MAX = 2n ** 63n - 1n;

/** Rows of one page, in the order of the key. */
export interface KeyedPage {
  readonly rows: SqlRows;
  readonly keys: readonly bigint[];
}

/** Rows of a table by the values of a column of whole numbers, each of which is one row's at most. */
export class IntegerKey {
  readonly #session: SqlSession;
  readonly #from: string;
  readonly #name: string;
  readonly #quoted: string;
  readonly #origin: string;

  private constructor(session: SqlSession, source: SqlSource, name: string) {
    this.#session = session;
    this.#from = fromClause(source);
    this.#name = name;
    this.#quoted = source.dialect.quoted(name);
    this.#origin = source.origin;
  }

  /** @throws AppError `invalid` for a column of another type, and as the session does. */
  static async open(session: SqlSession, source: SqlSource): Promise<IntegerKey> {
    const [wanted = ''] = source.keys;
    const quoted = source.dialect.quoted(wanted);
    const { columns } = await session.query(
      `SELECT ${quoted} FROM ${fromClause(source)} WHERE 1 = 0`,
    );
    const [column] = columns;
    if (column?.isInteger === true) return new IntegerKey(session, source, column.name);
    throw new AppError(
      'invalid',
      `${source.origin}: the column ${wanted} is no whole number, by which agents could share the rows`,
    );
  }

  /** The lowest value that is not below `from` (null: of all); null: there is none. */
  first(from: bigint | null): Promise<bigint | null> {
    return this.#edge(from, 'ASC');
  }

  /** The highest value that is not below `from`; null: there is none. */
  last(from: bigint): Promise<bigint | null> {
    return this.#edge(from, 'DESC');
  }

  /** Whether there is a row from `min` to `max`. */
  async hasRows(min: bigint, max: bigint): Promise<boolean> {
    const { rows } = await this.#session.query(
      `SELECT 1 FROM ${this.#from} WHERE ${this.#within(min, max)} LIMIT 1`,
    );
    return rows.length > 0;
  }

  /**
   * The first rows from `min` to `max`, at most so many.
   * @throws AppError `invalid` when two rows have the same value.
   */
  async page(min: bigint, max: bigint, rowsMax: number): Promise<KeyedPage> {
    // One more than is handed out: the last one must not have the value of the one behind it.
    const { columns, rows } = await this.#session.query(
      `SELECT * FROM ${this.#from} WHERE ${this.#within(min, max)} ORDER BY ${this.#quoted} LIMIT ${rowsMax + 1}`,
    );
    const place = columns.findIndex(({ name }) => name === this.#name);
    const column = columns[place];
    if (column === undefined) throw this.#invalid('is not among those of its rows');
    const keys = rows.map((row) => this.#idOf(column, row[place]));
    if (keys.some((key, index) => index > 0 && key === keys[index - 1])) {
      throw this.#invalid('has the same value in several rows, so that agents cannot share them');
    }
    return { rows: { columns, rows: rows.slice(0, rowsMax) }, keys: keys.slice(0, rowsMax) };
  }

  async #edge(from: bigint | null, order: 'ASC' | 'DESC'): Promise<bigint | null> {
    const key = this.#quoted;
    const condition = from === null ? `${key} IS NOT NULL` : `${key} >= ${from}`;
    const { columns, rows } = await this.#session.query(
      `SELECT ${key} FROM ${this.#from} WHERE ${condition} ORDER BY ${key} ${order} LIMIT 1`,
    );
    const [column] = columns;
    const [row] = rows;
    return column === undefined || row === undefined ? null : this.#idOf(column, row[0]);
  }

  #within(min: bigint, max: bigint): string {
    return `${this.#quoted} >= ${min} AND ${this.#quoted} <= ${max}`;
  }

  #idOf(column: SqlColumn, value: unknown): bigint {
    const id = BigInt(column.toText(value) ?? '0');
    if (id <= ID_MAX) return id;
    throw this.#invalid(`has the value ${id}, which is more than 64 bits with a sign can hold`);
  }

  #invalid(why: string): AppError {
    return new AppError('invalid', `${this.#origin}: the column ${this.#name} ${why}`);
  }
}
