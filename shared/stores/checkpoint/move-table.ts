import type { DatabaseSync } from 'node:sqlite';
import type { Move } from '../checkpoint-store.ts';
import { SqlRow } from '../sqlite/sql-row.ts';

/** Positions that were moved by hand, so that what was skipped or doubled by it can be told. */
export class MoveTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  add(runner: string, { source, generation, from, to, atMs }: Move): void {
    this.#sql.insert.run(runner, source, generation, from, to, atMs);
  }

  list(runner: string): Move[] {
    return this.#sql.list.all(runner).map((found) => moveOf(new SqlRow(found)));
  }

  forgetSource(runner: string, source: string): void {
    this.#sql.forgetSource.run(runner, source);
  }

  forget(runner: string): void {
    this.#sql.forget.run(runner);
  }
}

function moveOf(row: SqlRow): Move {
  return {
    source: row.text('source'),
    generation: row.int('generation'),
    from: row.int('from'),
    to: row.int('to'),
    atMs: row.int('at_ms'),
  };
}

function prepare(db: DatabaseSync) {
  return {
    insert: db.prepare('INSERT INTO moves VALUES (?, ?, ?, ?, ?, ?)'),
    list: db.prepare(
      'SELECT source, generation, "from", "to", at_ms FROM moves WHERE runner = ? ORDER BY rowid',
    ),
    forgetSource: db.prepare('DELETE FROM moves WHERE runner = ? AND source = ?'),
    forget: db.prepare('DELETE FROM moves WHERE runner = ?'),
  };
}
