import type { Clock } from '../../shared/kernel/clock.ts';
import { hasDate, withDate } from './dated-text.ts';
import type { SqlDialect, SqlSession } from './sql-session.ts';
import type { TableName, TablePattern } from './table-pattern.ts';

/** What a reader of rows is told to do, whatever the database is. */
export interface SqlSource {
  /** The same for the same table or query: positions are kept by it. */
  readonly id: string;
  readonly origin: string;
  readonly dialect: SqlDialect;
  /** Null: there is a query, or a pattern. */
  readonly table: TableName | null;
  /** May hold variables for parts of a date. */
  readonly query: string;
  /** Null: there is one table, or a query. */
  readonly pattern: TablePattern | null;
  /** Of the tables of the pattern those of earlier dates, too. */
  readonly isWithPast: boolean;
  /** So much earlier than it is the date of tables and queries is. */
  readonly lagMs: number;
  /** What a table of the pattern is known by. */
  readonly named: (table: TableName) => Pick<SqlSource, 'id' | 'origin'>;
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

/** The date of the tables and queries that are read now. */
export function dateOf({ lagMs }: SqlSource, clock: Clock): Date {
  return new Date(clock.now() - lagMs);
}

/** The query as it is to be asked now. */
export function queryOf(source: SqlSource, clock: Clock): string {
  const { query } = source;
  const dated = hasDate(query) ? withDate(query, dateOf(source, clock)) : query;
  return dated.replace(/[;\s]+$/, '');
}
