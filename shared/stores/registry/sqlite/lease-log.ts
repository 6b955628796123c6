import type { DatabaseSync } from 'node:sqlite';
import { SqlRow } from '../../sqlite/sql-row.ts';

/** Times by the monotonic clock of the host, in ms. */
export interface LeaseTimes {
  readonly untilMs: number;
  readonly ttlMs: number;
}

/** Above so many times the leases that there are, and above a least, what was said is summed up. */
const SAID_TIMES_MAX = 4;
const SAID_LEAST = 10_000;
/** In one row, when it is. */
const ROW_IDS_MAX = 1_000;
/** In place of a time: there is no lease any more. */
const ENDED = { untilMs: 0, ttlMs: 0 };

/**
 * The leases of a registry. In the file is what was said, a row each time, whose instances may be
 * anywhere: to write a row for each would write a page for each. What it comes to is in memory, in
 * each process, which reads what others have added since.
 */
export class LeaseLog {
  readonly #registry: number;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #leases = new Map<string, LeaseTimes>();
  /** How often it was summed up by then; -1: nothing was read yet. */
  #begun = -1;
  /** The last row that was read or written. */
  #nth = 0;
  /** IDs in all rows. */
  #said = 0;
  /** Something was said in this transaction. */
  #isSaying = false;
  /** None ends before that. */
  #earliestMs = Infinity;

  constructor(db: DatabaseSync, registry: number) {
    this.#registry = registry;
    this.#sql = prepare(db);
  }

  get count(): number {
    return this.#leases.size;
  }

  get(id: string): LeaseTimes | undefined {
    return this.#leases.get(id);
  }

  /** Those that have ended, the first that ended first. */
  ended(nowMs: number): readonly string[] {
    if (nowMs < this.#earliestMs) return [];
    const ended: (readonly [string, number])[] = [];
    this.#earliestMs = Infinity;
    for (const [id, { untilMs }] of this.#leases) {
      if (untilMs <= nowMs) ended.push([id, untilMs]);
      this.#earliestMs = Math.min(this.#earliestMs, untilMs);
    }
    return ended.sort(([, a], [, b]) => a - b).map(([id]) => id);
  }

  /** Begins a transaction, and reads what others have written; `begun`: how often it was summed up. */
  catchUp(begun: number): void {
    this.#isSaying = false;
    if (begun !== this.#begun) {
      this.#leases.clear();
      [this.#begun, this.#nth, this.#said] = [begun, 0, 0];
    }
    const { nth } = this.#sql.last.get() ?? {};
    if (typeof nth !== 'number' || nth <= this.#nth) return;
    for (const found of this.#sql.since.iterate(this.#nth, this.#registry)) {
      const row = new SqlRow(found);
      const ids: unknown = JSON.parse(row.text('ids'));
      if (Array.isArray(ids)) this.#take(ids, timesOf(row));
    }
    this.#nth = nth;
  }

  /** Says of those that they have a lease like this; `text` is their IDs as JSON. */
  set(ids: readonly string[], times: LeaseTimes, text = JSON.stringify(ids)): void {
    this.#take(ids, times);
    this.#write(times, text);
  }

  end(id: string): void {
    if (this.#leases.has(id)) this.set([id], ENDED);
  }

  /** What it holds is not what is in the file, as after a transaction that was undone. */
  forget(): void {
    this.#begun = -1;
  }

  /** Where much was said, writes what it comes to in its place; true: that was done. */
  sumUp(): boolean {
    if (!this.#isSaying || this.#said < Math.max(SAID_LEAST, SAID_TIMES_MAX * this.#leases.size))
      return false;
    this.#rewrite([...this.#leases]);
    return true;
  }

  /** All leases last so long from now on, or as long as each was given where that is longer. */
  beginAnew(nowMs: number, leastMs: number): void {
    const leases = [...this.#leases].map(([id, { ttlMs }]) => {
      const lastsMs = Math.max(ttlMs, leastMs);
      return [id, { untilMs: nowMs + lastsMs, ttlMs: lastsMs }] as const;
    });
    this.#rewrite(leases);
  }

  #rewrite(leases: readonly (readonly [string, LeaseTimes])[]): void {
    this.#sql.clear.run(this.#registry);
    this.#leases.clear();
    this.#said = 0;
    this.#begun += 1;
    for (const same of Map.groupBy(leases, ([, times]) => keyOf(times)).values()) {
      for (let at = 0; at < same.length; at += ROW_IDS_MAX) {
        const some = same.slice(at, at + ROW_IDS_MAX);
        const [, times = ENDED] = some[0] ?? [];
        this.set(
          some.map(([id]) => id),
          times,
        );
      }
    }
  }

  #write({ untilMs, ttlMs }: LeaseTimes, text: string): void {
    const { lastInsertRowid } = this.#sql.add.run(this.#registry, untilMs, ttlMs, text);
    this.#nth = Number(lastInsertRowid);
    this.#isSaying = true;
  }

  #take(ids: readonly string[], times: LeaseTimes): void {
    this.#said += ids.length;
    if (times.ttlMs !== ENDED.ttlMs) this.#earliestMs = Math.min(this.#earliestMs, times.untilMs);
    for (const id of ids) {
      if (times.ttlMs === ENDED.ttlMs) this.#leases.delete(id);
      else this.#leases.set(id, times);
    }
  }
}

function timesOf(row: SqlRow): LeaseTimes {
  return { untilMs: row.int('until'), ttlMs: row.int('ttl') };
}

function keyOf({ untilMs, ttlMs }: LeaseTimes): string {
  return `${untilMs} ${ttlMs}`;
}

function prepare(db: DatabaseSync) {
  return {
    last: db.prepare('SELECT max(nth) AS nth FROM registry_leases'),
    since: db.prepare(
      'SELECT "until", ttl, ids FROM registry_leases WHERE nth > ? AND registry = ? ORDER BY nth',
    ),
    add: db.prepare(
      'INSERT INTO registry_leases (registry, "until", ttl, ids) VALUES (?, ?, ?, ?)',
    ),
    clear: db.prepare('DELETE FROM registry_leases WHERE registry = ?'),
  };
}
