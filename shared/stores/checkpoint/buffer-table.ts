import type { DatabaseSync } from 'node:sqlite';
import type { BufferedBatch, BufferQuery } from '../checkpoint-store.ts';
import { SqlRow } from '../sqlite/sql-row.ts';

/** `BufferedBatch` with its facts written out as text. */
export type BufferRow = Omit<BufferedBatch, 'facts'> & { readonly facts: string };

/** Which batches the senders of a runner have not had yet, and where their bytes are. */
export class BufferTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#sql = prepare(db);
  }

  add(runner: string, { sender, seq, units, range, stored, facts }: BufferRow): void {
    const { source, generation, start, end, crc } = range;
    const { segment, at, bytes, crc: bytesCrc } = stored;
    this.#sql.insert.run(
      ...[runner, sender, seq, source, generation, start, end, crc, units],
      ...[segment, at, bytes, bytesCrc, facts],
    );
  }

  remove(runner: string, sender: string, seq: number): void {
    this.#sql.remove.run(runner, sender, seq);
  }

  list({ runner, sender, afterSeq, max }: BufferQuery): BufferRow[] {
    const rows = this.#sql.list.all(runner, sender, afterSeq, max);
    return rows.map((found) => batchOf(new SqlRow(found)));
  }

  lowestSegment(runner: string, sender: string): number | null {
    const lowest = this.#sql.lowest.get(runner, sender)?.['segment'];
    return typeof lowest === 'number' ? lowest : null;
  }

  has(runner: string, source: string): boolean {
    return this.#sql.has.get(runner, source) !== undefined;
  }

  forget(runner: string): void {
    this.#sql.forget.run(runner);
  }
}

function batchOf(row: SqlRow): BufferRow {
  return {
    sender: row.text('sender'),
    seq: row.count('seq'),
    units: row.count('units'),
    range: {
      source: row.text('source'),
      generation: row.count('generation'),
      start: row.count('start'),
      end: row.count('end'),
      crc: row.count('crc'),
    },
    stored: {
      segment: row.count('segment'),
      at: row.count('at'),
      bytes: row.count('bytes'),
      crc: row.count('bytes_crc'),
    },
    facts: row.text('facts'),
  };
}

function prepare(db: DatabaseSync) {
  return {
    insert: db.prepare(
      'INSERT OR REPLACE INTO buffered VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    remove: db.prepare('DELETE FROM buffered WHERE runner = ? AND sender = ? AND seq = ?'),
    list: db.prepare(
      'SELECT * FROM buffered WHERE runner = ? AND sender = ? AND seq > ? ORDER BY seq LIMIT ?',
    ),
    lowest: db.prepare(
      'SELECT min(segment) AS segment FROM buffered WHERE runner = ? AND sender = ?',
    ),
    has: db.prepare('SELECT 1 FROM buffered WHERE runner = ? AND source = ? LIMIT 1'),
    forget: db.prepare('DELETE FROM buffered WHERE runner = ?'),
  };
}
