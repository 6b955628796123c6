import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { Move } from '../checkpoint-store.ts';

const Row = z.object({
  source: z.string(),
  generation: z.int(),
  from: z.int(),
  to: z.int(),
  at_ms: z.int(),
});

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
    return this.#sql.list.all(runner).map((found) => {
      const { at_ms: atMs, ...move } = Row.parse(found);
      return { ...move, atMs };
    });
  }

  forgetSource(runner: string, source: string): void {
    this.#sql.forgetSource.run(runner, source);
  }

  forget(runner: string): void {
    this.#sql.forget.run(runner);
  }
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
