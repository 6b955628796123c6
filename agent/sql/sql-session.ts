import type { TableName } from './table-pattern.ts';

/** A column of a result, and what its values mean. */
export interface SqlColumn {
  readonly name: string;
  /** Of whole numbers of at most 64 bits. */
  readonly isInteger: boolean;
  /** The JSON text of a value as the driver gave it; it holds no line break. */
  toJson(value: unknown): string;
  /** A value as text, as a position keeps it; null for NULL. */
  toText(value: unknown): string | null;
  /** That text as a query can compare it with the column. */
  literal(text: string): string;
}

export interface SqlRows {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly (readonly unknown[])[];
}

/** One connection to a database. What it throws is an AppError; it is of no use after that. */
export interface SqlSession {
  query(sql: string): Promise<SqlRows>;
  /** The rows of a query, so many at a time, without ever holding all of them. */
  pieces(sql: string, rowsMax: number): AsyncGenerator<SqlRows, undefined>;
  /** Ends the connection at once, with whatever is under way. */
  close(): void;
}

/** How one kind of database says what the readers ask. */
export interface SqlDialect {
  /** A name of a table or column, with dots between its parts. */
  quoted(...parts: readonly string[]): string;
  /** The columns of the primary key of a table, one a row. */
  primaryKey(table: readonly string[]): string;
  /**
   * At most so many tables that are like this, one a row: the database or schema, the name, what
   * tells a table from another one that has its name later (empty: nothing), and the same of the
   * table that it is a partition of.
   */
  tables(like: TableName, rowsMax: number): string;
  /**
   * The transactions of others that are open now and may have written, one a row: texts that stay
   * the same as long as a transaction is open.
   */
  readonly openTransactions: string;
}
