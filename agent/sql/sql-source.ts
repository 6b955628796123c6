import type { Clock } from '../../shared/kernel/clock.ts';
import type { SqlDialect, SqlSession } from './sql-session.ts';

/** What a reader of rows is told to do, whatever the database is. */
export interface SqlSource {
  /** The same for the same table or query: positions are kept by it. */
  readonly id: string;
  readonly origin: string;
  readonly dialect: SqlDialect;
  /** The database or schema, and the table; null: there is a query. */
  readonly table: readonly string[] | null;
  readonly query: string;
  /** The columns that rise; none: the whole is read each time. */
  readonly keys: readonly string[];
  /** Values of the key that the first run begins behind; none: at the first row. */
  readonly startAfter: readonly string[];
  readonly pageRows: number;
  readonly settleMs: number;
  readonly isWatching: boolean;
  readonly pollMs: number;
  /** Times or a duration; empty: none. */
  readonly cron: string;
  readonly isRunAtStart: boolean;
  /** Ends with an error when the signal aborts. */
  connect(signal: AbortSignal): Promise<SqlSession>;
}

/** A reader of rows at work. */
export interface SqlReading {
  readonly source: SqlSource;
  readonly session: SqlSession;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly waiting: {
    /** Told how many transactions of others are waited for; 0: none. */
    on(open: number): void;
  };
}

/** What rows are asked of: `FROM` this. */
export function fromClause({ table, query, dialect }: SqlSource): string {
  if (table !== null) return dialect.quoted(...table);
  return `(${query.replace(/[;\s]+$/, '')}) AS source_rows`;
}
