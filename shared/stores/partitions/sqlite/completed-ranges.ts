import type { DatabaseSync } from 'node:sqlite';
import { mergedRanges } from '../../../domain/coverage.ts';
import { ID_MAX, ID_MIN, type IdRange, sharedBy } from '../../../domain/id-range.ts';
import { SqlRow } from '../../sqlite/sql-row.ts';

/** Which kind of numbers: those of the work, or those of the partitions. */
type Kind = 'span' | 'id';

/** Numbers of completed partitions of a namespace, as the fewest ranges, in a table. */
export class CompletedRanges {
  readonly #key: readonly [namespace: number, kind: Kind];
  readonly #sql: ReturnType<typeof prepare>;
  /** Added and not written yet. */
  #added: IdRange[] = [];

  constructor(db: DatabaseSync, namespace: number, kind: Kind) {
    this.#key = [namespace, kind];
    this.#sql = prepare(db);
  }

  /** Written by `flush`, so that what lies side by side is written once. */
  add(range: IdRange): void {
    this.#added.push(range);
  }

  flush(): void {
    const added = mergedRanges(this.#added);
    this.#added = [];
    for (const range of added) this.#write(range);
  }

  /** Forgets what was added and is not to be written. */
  discard(): void {
    this.#added = [];
  }

  /** Ranges that it touches become one with it. */
  #write({ min, max }: IdRange): void {
    const from = min === ID_MIN ? min : min - 1n;
    const to = max === ID_MAX ? max : max + 1n;
    const grown = { min, max };
    for (const near of this.#near({ min: from, max: to })) {
      if (near.min < grown.min) grown.min = near.min;
      if (near.max > grown.max) grown.max = near.max;
      this.#sql.remove.run(...this.#key, near.min);
    }
    this.#sql.insert.run(...this.#key, grown.min, grown.max);
  }

  /** What of `within` is in it, in rising order. */
  in(within: IdRange): IdRange[] {
    this.flush();
    return this.#near(within)
      .map((near) => sharedBy(near, within))
      .filter((shared) => shared !== null);
  }

  /** Those that have an ID of the range: the one that begins before it, maybe, and those within. */
  #near({ min, max }: IdRange): IdRange[] {
    const before = this.#sql.before.all(...this.#key, min, min);
    const inside = this.#sql.inside.all(...this.#key, min, max);
    return [...before, ...inside].map((found) => {
      const row = new SqlRow(found);
      return { min: BigInt(row.text('min')), max: BigInt(row.text('max')) };
    });
  }
}

function prepare(db: DatabaseSync) {
  const columns = 'CAST("min" AS TEXT) AS "min", CAST("max" AS TEXT) AS "max"';
  return {
    before: db.prepare(
      `SELECT * FROM (
         SELECT ${columns}, "max" AS last FROM completed
         WHERE namespace = ? AND kind = ? AND "min" < ? ORDER BY completed."min" DESC LIMIT 1
       ) WHERE last >= ?`,
    ),
    inside: db.prepare(
      `SELECT ${columns} FROM completed
       WHERE namespace = ? AND kind = ? AND completed."min" BETWEEN ? AND ? ORDER BY completed."min"`,
    ),
    insert: db.prepare('INSERT INTO completed VALUES (?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM completed WHERE namespace = ? AND kind = ? AND "min" = ?'),
  };
}
