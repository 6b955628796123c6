import type { DatabaseSync } from 'node:sqlite';
import type { LaneState } from '../checkpoint-store.ts';
import { SqlRow } from '../sqlite/sql-row.ts';

/** What was read for each sender of a runner, beside what the other tables know of it. */
export class LaneTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  read(runner: string, sender: string, units: number, bytes: number): void {
    this.#sql.read.run(runner, sender, units, bytes);
  }

  states(runner: string): (readonly [sender: string, state: LaneState])[] {
    return this.#sql.states.all({ runner }).map((found) => {
      const row = new SqlRow(found);
      return [row.text('sender'), stateOf(row)];
    });
  }

  forget(runner: string): void {
    this.#sql.forget.run(runner);
  }
}

function stateOf(row: SqlRow): LaneState {
  return {
    readUnits: row.int('readUnits'),
    readBytes: row.int('readBytes'),
    settled: {
      delivered: row.int('delivered'),
      filtered: row.int('filtered'),
      parseErrors: row.int('parseErrors'),
      deadLettered: row.int('deadLettered'),
      dropped: row.int('dropped'),
    },
    settledBytes: row.int('settledBytes'),
    bufferedBatches: row.int('bufferedBatches'),
    bufferedUnits: row.int('bufferedUnits'),
    bufferedSourceBytes: row.int('bufferedSourceBytes'),
    bufferedBytes: row.int('bufferedBytes'),
    deadLetters: row.int('deadLetters'),
  };
}

function prepare(db: DatabaseSync) {
  return {
    read: db.prepare(
      `INSERT INTO lanes VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         read_units = read_units + excluded.read_units,
         read_bytes = read_bytes + excluded.read_bytes`,
    ),
    states: db.prepare(
      `WITH l AS (
         SELECT sender, sum(delivered) AS delivered, sum(filtered) AS filtered,
           sum(parse_errors) AS parse_errors, sum(dead_lettered) AS dead_lettered,
           sum(dropped) AS dropped, sum("end" - "start") AS bytes
         FROM ledger WHERE runner = $runner GROUP BY sender
       ), b AS (
         SELECT sender, count(*) AS batches, sum(units) AS units,
           sum("end" - "start") AS source_bytes, sum(bytes) AS bytes
         FROM buffered WHERE runner = $runner GROUP BY sender
       ), d AS (
         SELECT sender, count(*) AS letters FROM dead_letters WHERE runner = $runner GROUP BY sender
       )
       SELECT lanes.sender, read_units AS readUnits, read_bytes AS readBytes,
         ifnull(l.delivered, 0) AS delivered, ifnull(l.filtered, 0) AS filtered,
         ifnull(l.parse_errors, 0) AS parseErrors, ifnull(l.dead_lettered, 0) AS deadLettered,
         ifnull(l.dropped, 0) AS dropped, ifnull(l.bytes, 0) AS settledBytes,
         ifnull(b.batches, 0) AS bufferedBatches, ifnull(b.units, 0) AS bufferedUnits,
         ifnull(b.source_bytes, 0) AS bufferedSourceBytes, ifnull(b.bytes, 0) AS bufferedBytes,
         ifnull(d.letters, 0) AS deadLetters
       FROM lanes LEFT JOIN l USING (sender) LEFT JOIN b USING (sender) LEFT JOIN d USING (sender)
       WHERE runner = $runner`,
    ),
    forget: db.prepare('DELETE FROM lanes WHERE runner = ?'),
  };
}
