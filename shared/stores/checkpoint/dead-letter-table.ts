import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../kernel/errors.ts';
import type { DeadLetter, KeptDeadLetter } from '../checkpoint-store.ts';
import { SqlRow } from '../sqlite/sql-row.ts';

/** Records that their sinks refused, until somebody replays or drops them. */
export class DeadLetterTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  add(runner: string, letter: DeadLetter): void {
    const { sender, source, origin, generation, start, end, record, unit, reason, atMs } = letter;
    this.#sql.insert.run(
      ...[runner, sender, source, origin, generation, start, end, record, unit, reason],
      ...[atMs, letter.name ?? null],
    );
  }

  /** Unless one of its name is there. */
  addOnce(runner: string, letter: DeadLetter): void {
    const isKnown = this.#sql.named.get(runner, letter.name ?? null) !== undefined;
    if (!isKnown) this.add(runner, letter);
  }

  /** @throws AppError `conflict` where a sender has more than that. */
  requireRoom(runner: string, most: number): void {
    if (most === Number.MAX_SAFE_INTEGER) return;
    const full = this.#sql.full.get(runner, most);
    if (full === undefined) return;
    throw new AppError(
      'conflict',
      `sender ${new SqlRow(full).text('sender')} would have more than ${most} dead letters: ` +
        'replay or drop some',
    );
  }

  list(runner: string, afterId: number, max: number): KeptDeadLetter[] {
    return this.#sql.list.all(runner, afterId, max).map((found) => letterOf(new SqlRow(found)));
  }

  get(runner: string, id: number): KeptDeadLetter | null {
    const found = this.#sql.get.get(runner, id);
    return found === undefined ? null : letterOf(new SqlRow(found));
  }

  /** The others of its unit are of a unit that is delivered. */
  unitDelivered(runner: string, { sender, source, generation, start, unit }: KeptDeadLetter): void {
    this.#sql.unitDelivered.run(runner, sender, source, generation, start, unit);
  }

  remove(runner: string, id: number): void {
    this.#sql.remove.run(runner, id);
  }

  forget(runner: string): void {
    this.#sql.forget.run(runner);
  }
}

function letterOf(row: SqlRow): KeptDeadLetter {
  const name = row.textOrNull('name');
  return {
    id: row.int('id'),
    sender: row.text('sender'),
    source: row.text('source'),
    origin: row.text('origin'),
    generation: row.int('generation'),
    start: row.int('start'),
    end: row.int('end'),
    record: row.text('record'),
    unit: row.intOrNull('unit'),
    reason: row.text('reason'),
    atMs: row.int('at_ms'),
    ...(name !== null && { name }),
  };
}

const COLUMNS =
  'id, sender, source, origin, generation, "start", "end", record, unit, reason, at_ms, name';

function prepare(db: DatabaseSync) {
  return {
    insert: db.prepare(
      `INSERT INTO dead_letters (runner, sender, source, origin, generation, "start", "end",
         record, unit, reason, at_ms, name)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    named: db.prepare('SELECT 1 FROM dead_letters WHERE runner = ? AND name = ?'),
    full: db.prepare(
      'SELECT sender FROM dead_letters WHERE runner = ? GROUP BY sender HAVING count(*) > ?',
    ),
    list: db.prepare(
      `SELECT ${COLUMNS} FROM dead_letters WHERE runner = ? AND id > ? ORDER BY id LIMIT ?`,
    ),
    get: db.prepare(`SELECT ${COLUMNS} FROM dead_letters WHERE runner = ? AND id = ?`),
    unitDelivered: db.prepare(
      `UPDATE dead_letters SET unit = NULL WHERE runner = ? AND sender = ? AND source = ?
         AND generation = ? AND "start" = ? AND unit = ?`,
    ),
    remove: db.prepare('DELETE FROM dead_letters WHERE runner = ? AND id = ?'),
    forget: db.prepare('DELETE FROM dead_letters WHERE runner = ?'),
  };
}
