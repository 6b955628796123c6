import type { SQLOutputValue } from 'node:sqlite';
import { AppError } from '../../kernel/errors.ts';

/**
 * One row as SQLite gave it, whose columns are asked for by what they must hold. The thread that
 * owns the database does without zod, which would take more memory than all the rest of it.
 */
export class SqlRow {
  readonly #columns: Readonly<Record<string, SQLOutputValue>>;

  constructor(columns: Readonly<Record<string, SQLOutputValue>>) {
    this.#columns = columns;
  }

  /** @throws AppError `internal` when the column holds anything else; so do the others. */
  text(column: string): string {
    const value = this.#columns[column];
    if (typeof value === 'string') return value;
    throw this.#bad(column, 'text');
  }

  /** An integer that a number can hold. */
  int(column: string): number {
    const value = this.#columns[column];
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw this.#bad(column, 'integer');
  }

  real(column: string): number {
    const value = this.#columns[column];
    if (typeof value === 'number') return value;
    throw this.#bad(column, 'number');
  }

  realOrNull(column: string): number | null {
    return this.#columns[column] === null ? null : this.real(column);
  }

  textOrNull(column: string): string | null {
    return this.#columns[column] === null ? null : this.text(column);
  }

  intOrNull(column: string): number | null {
    return this.#columns[column] === null ? null : this.int(column);
  }

  /** An integer that is not negative. */
  count(column: string): number {
    const value = this.int(column);
    if (value >= 0) return value;
    throw this.#bad(column, 'count');
  }

  #bad(column: string, wanted: string): AppError {
    const held = String(this.#columns[column]);
    return new AppError('internal', `column ${column} holds no ${wanted} but ${held}`);
  }
}
