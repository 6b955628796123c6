import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { IdRange } from '../../../domain/id-range.ts';
import { SqlRow } from '../../sqlite/sql-row.ts';
import { joined, lastIdOf, partOf, type Stretch } from '../engine/stretch.ts';
import { COLUMNS, columnsOf, type PlacedRow, stretchOf } from './stretch-columns.ts';

const HELD = "status IN ('claimed', 'running')";
/** So many that were read or written last are known: what is asked for is mostly among them. */
const RECENT_MAX = 16;

type Look = 'ready' | 'expired' | 'due' | 'heldBy' | 'behind';

/** A namespace's stretches in their table. */
export class StretchTable {
  readonly #namespace: number;
  readonly #sql: ReturnType<typeof prepare>;
  #recent: Stretch[] = [];

  constructor(db: DatabaseSync, namespace: number) {
    this.#namespace = namespace;
    this.#sql = prepare(db);
  }

  /** Somebody else has written. */
  forget(): void {
    this.#recent = [];
  }

  /** The one that this partition is in. */
  holding(id: number): Stretch | null {
    const recent = this.#recent.findLast((each) => isIn(each, id));
    if (recent !== undefined) return recent;
    const found = this.#sql.holding.get(this.#namespace, id);
    const stretch = found === undefined ? null : this.#read(found);
    return stretch !== null && isIn(stretch, id) ? stretch : null;
  }

  /** Those of the look, in its order, and of them no more partitions than the limit. */
  first(limit: number, look: Look, ...values: SQLInputValue[]): Stretch[] {
    if (limit <= 0) return [];
    // The first one has them all, mostly.
    const head = this.#sql[look].get(this.#namespace, ...values);
    if (head === undefined) return [];
    const stretch = this.#read(head);
    if (stretch.count >= limit) return [partOf(stretch, stretch.first.id, limit)];
    const found: Stretch[] = [];
    let room = limit;
    for (const next of this.all(look, ...values)) {
      found.push(partOf(next, next.first.id, room));
      room -= next.count;
      if (room <= 0) break;
    }
    return found;
  }

  /** No more of them are read than are taken. */
  *all(look: Look, ...values: SQLInputValue[]): Iterable<Stretch> {
    for (const found of this.#sql[look].iterate(this.#namespace, ...values)) {
      yield this.#read(found);
    }
  }

  /** There are none of these IDs. */
  add(stretches: readonly Stretch[]): void {
    for (const stretch of stretches) this.#putBehind(stretch);
  }

  /** Puts one in the place of a part of another one; null: that is gone. */
  replace(part: Stretch, by: Stretch | null): void {
    const { id } = part.first;
    const stored = this.holding(id);
    if (stored === null) throw new Error(`there is no partition ${id} to be changed`);
    const [last, lastStored] = [lastIdOf(part), lastIdOf(stored)];
    const tail = last < lastStored ? partOf(stored, last + 1, lastStored) : null;
    this.#forget(stored);
    if (id > stored.first.id) this.#put(partOf(stored, stored.first.id, id - stored.first.id));
    if (by !== null) this.#putBehind(by);
    if (tail !== null) this.#cut(tail);
    // What ends where it did takes its row.
    else if (by === null) this.#sql.remove.run(this.#namespace, lastStored);
  }

  isTaken({ min, max }: IdRange): boolean {
    return this.#sql.taken.get(this.#namespace, max, min) !== undefined;
  }

  /** By worker. */
  heldCounts(): ReadonlyMap<string, number> {
    const rows = this.#sql.heldCounts.all(this.#namespace).map((found) => new SqlRow(found));
    return new Map(rows.map((row) => [row.text('worker'), row.int('count')]));
  }

  counts(): ReadonlyMap<string, number> {
    const rows = this.#sql.counts.all(this.#namespace).map((found) => new SqlRow(found));
    return new Map(rows.map((row) => [row.text('status'), row.int('count')]));
  }

  #read(row: PlacedRow): Stretch {
    const stretch = stretchOf(row);
    this.#remember(stretch);
    return stretch;
  }

  /** Where the one before it is alike, both become one. */
  #putBehind(stretch: Stretch): void {
    const before = this.#recent.findLast((each) => lastIdOf(each) === stretch.first.id - 1);
    const both = before === undefined ? null : joined(before, stretch);
    if (before !== undefined && both !== null) {
      this.#forget(before);
      this.#sql.remove.run(this.#namespace, lastIdOf(before));
    }
    this.#put(both ?? stretch);
  }

  #put(stretch: Stretch): void {
    this.#sql.put.run(...columnsOf(this.#namespace, stretch));
    this.#remember(stretch);
  }

  /** It begins later than before, and is otherwise as it was. */
  #cut(stretch: Stretch): void {
    const { id, min, token } = stretch.first;
    this.#sql.cut.run(id, min, token, this.#namespace, lastIdOf(stretch));
    this.#remember(stretch);
  }

  #remember(stretch: Stretch): void {
    this.#recent.push(stretch);
    if (this.#recent.length > RECENT_MAX) this.#recent.shift();
  }

  #forget(stretch: Stretch): void {
    const last = lastIdOf(stretch);
    this.#recent = this.#recent.filter((each) => lastIdOf(each) !== last);
  }
}

function isIn(stretch: Stretch, id: number): boolean {
  return stretch.first.id <= id && id <= lastIdOf(stretch);
}

/** By the indexes of partition-schema.ts, whose conditions stand here word by word. */
function prepare(db: DatabaseSync) {
  const select = (rest: string): StatementSync => {
    const statement = db.prepare(
      `SELECT ${COLUMNS} FROM stretches WHERE namespace = ?1 AND ${rest}`,
    );
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    holding: select('"last" >= ?2 ORDER BY "last" LIMIT 1'),
    ready: select(`status = 'pending' ORDER BY priority DESC, "last"`),
    expired: select(`${HELD} AND lease_until <= ?2 ORDER BY lease_until`),
    due: select("status = 'failed' AND next_run <= ?2 ORDER BY next_run"),
    heldBy: select(`${HELD} AND worker = ?2 ORDER BY "last"`),
    behind: select(`"last" > ?2 AND (?3 IS NULL OR status IN (SELECT value FROM json_each(?3)))
      AND (?4 IS NULL OR worker = ?4) ORDER BY "last"`),
    put: db.prepare(`INSERT OR REPLACE INTO stretches VALUES (${Array(20).fill('?').join(', ')})`),
    /** Touches no index. */
    cut: db.prepare(
      'UPDATE stretches SET id = ?, "min" = ?, token = ? WHERE namespace = ? AND "last" = ?',
    ),
    remove: db.prepare('DELETE FROM stretches WHERE namespace = ? AND "last" = ?'),
    taken: db.prepare(
      `SELECT 1 FROM stretches
       WHERE namespace = ? AND stretches."min" <= ? AND stretches."max" >= ? LIMIT 1`,
    ),
    heldCounts: db.prepare(
      `SELECT worker, sum("last" - id + 1) AS count FROM stretches
       WHERE namespace = ? AND ${HELD} GROUP BY worker`,
    ),
    counts: db.prepare(
      `SELECT status, sum("last" - id + 1) AS count FROM stretches
       WHERE namespace = ? GROUP BY status`,
    ),
  };
}
