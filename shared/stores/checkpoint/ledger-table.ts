import type { DatabaseSync } from 'node:sqlite';
import {
  addUnits,
  extended,
  type LedgerRange,
  NO_UNITS,
  type UnitCounts,
} from '../../domain/ledger.ts';
import type { SenderRange } from '../checkpoint-store.ts';
import { SqlRow } from '../sqlite/sql-row.ts';

/** Where a record was read for a sender. */
type RangeOfSender = Pick<SenderRange, 'sender' | 'source' | 'generation' | 'start'>;

/** Sources whose files are gone are remembered by their counts and bytes alone, under this name. */
export const GONE = '';

/**
 * The ranges that are settled, by runner and sender. One that begins where another ends is joined
 * to it, so that a file that is read from its start to its end is one row.
 */
export class LedgerTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  settle(runner: string, sender: string, range: LedgerRange): void {
    if (range.end === range.start) return;
    const { source, generation, start } = range;
    const found = this.#sql.endingAt.get(runner, sender, source, generation, start);
    if (found === undefined) {
      this.#insert(runner, sender, range);
      return;
    }
    const row = new SqlRow(found);
    const joined = extended(rangeOf(row), range) ?? range;
    const { end, crc, units } = joined;
    this.#sql.extend.run(end, crc, ...countsOf(units), row.int('id'));
  }

  /** A unit that was a dead letter is delivered now, or filtered; its source may be gone. */
  revive(runner: string, letter: RangeOfSender, as: 'delivered' | 'filtered'): void {
    const { sender, source, generation, start } = letter;
    const { here, gone } = this.#sql.revive[as];
    const { changes } = here.run(runner, sender, source, generation, start, start);
    if (Number(changes) === 0) gone.run(runner, sender);
  }

  ranges(runner: string): SenderRange[] {
    return this.#sql.ranges.all(runner).map((found) => {
      const row = new SqlRow(found);
      return { sender: row.text('sender'), ...rangeOf(row) };
    });
  }

  /** What a source counted is kept; what it was made of can be compared with nothing any more. */
  retire(runner: string, source: string): void {
    const senders = this.#sql.sums.all(runner, source).map((found) => new SqlRow(found));
    this.#sql.drop.run(runner, source);
    for (const sums of senders) {
      const sender = sums.text('sender');
      const found = this.#sql.gone.get(runner, sender);
      const before = found === undefined ? null : new SqlRow(found);
      const units = addUnits(before === null ? NO_UNITS : unitsOf(before), unitsOf(sums));
      const end = (before?.count('end') ?? 0) + sums.count('start');
      if (before !== null) this.#sql.extend.run(end, 0, ...countsOf(units), before.int('id'));
      else {
        const range = { source: GONE, generation: 0, start: 0, end, crc: 0, units };
        this.#insert(runner, sender, range);
      }
    }
  }

  forget(runner: string): void {
    this.#sql.forget.run(runner);
  }

  #insert(runner: string, sender: string, range: LedgerRange): void {
    const { source, generation, start, end, crc, units } = range;
    this.#sql.insert.run(
      ...[runner, sender, source, generation, start, end, crc],
      ...countsOf(units),
    );
  }
}

function rangeOf(row: SqlRow): LedgerRange {
  return {
    source: row.text('source'),
    generation: row.count('generation'),
    start: row.count('start'),
    end: row.count('end'),
    crc: row.count('crc'),
    units: unitsOf(row),
  };
}

function unitsOf(row: SqlRow): UnitCounts {
  return {
    delivered: row.count('delivered'),
    filtered: row.count('filtered'),
    parseErrors: row.count('parse_errors'),
    deadLettered: row.count('dead_lettered'),
    dropped: row.count('dropped'),
  };
}

function countsOf(units: UnitCounts): number[] {
  const { delivered, filtered, parseErrors, deadLettered, dropped } = units;
  return [delivered, filtered, parseErrors, deadLettered, dropped];
}

const COLUMNS = `rowid AS id, sender, source, generation, "start", "end", crc,
  delivered, filtered, parse_errors, dead_lettered, dropped`;

function reviving(db: DatabaseSync, as: 'delivered' | 'filtered') {
  const update = `UPDATE ledger SET ${as} = ${as} + 1, dead_lettered = dead_lettered - 1`;
  return {
    here: db.prepare(
      `${update}
       WHERE rowid = (SELECT rowid FROM ledger WHERE runner = ? AND sender = ? AND source = ?
         AND generation = ? AND "start" <= ? AND "end" > ? AND dead_lettered > 0 LIMIT 1)`,
    ),
    gone: db.prepare(
      `${update} WHERE runner = ? AND sender = ? AND source = '' AND dead_lettered > 0`,
    ),
  };
}

function prepare(db: DatabaseSync) {
  return {
    endingAt: db.prepare(
      `SELECT ${COLUMNS} FROM ledger
       WHERE runner = ? AND sender = ? AND source = ? AND generation = ? AND "end" = ? LIMIT 1`,
    ),
    extend: db.prepare(
      `UPDATE ledger SET "end" = ?, crc = ?, delivered = ?, filtered = ?, parse_errors = ?,
         dead_lettered = ?, dropped = ? WHERE rowid = ?`,
    ),
    insert: db.prepare('INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    revive: { delivered: reviving(db, 'delivered'), filtered: reviving(db, 'filtered') },
    ranges: db.prepare(
      `SELECT ${COLUMNS} FROM ledger WHERE runner = ?
       ORDER BY sender, source, generation, "start"`,
    ),
    sums: db.prepare(
      `SELECT 0 AS id, sender, source, 0 AS generation, sum("end" - "start") AS "start",
         0 AS "end", 0 AS crc,
         sum(delivered) AS delivered, sum(filtered) AS filtered,
         sum(parse_errors) AS parse_errors, sum(dead_lettered) AS dead_lettered,
         sum(dropped) AS dropped
       FROM ledger WHERE runner = ? AND source = ? GROUP BY sender`,
    ),
    gone: db.prepare(
      `SELECT ${COLUMNS} FROM ledger WHERE runner = ? AND sender = ? AND source = '' LIMIT 1`,
    ),
    drop: db.prepare('DELETE FROM ledger WHERE runner = ? AND source = ?'),
    forget: db.prepare('DELETE FROM ledger WHERE runner = ?'),
  };
}
