import type { DatabaseSync } from 'node:sqlite';
import { mergedRanges } from '../../../domain/coverage.ts';
import { ID_MAX, ID_MIN, type IdRange, sharedBy } from '../../../domain/id-range.ts';
import type { PlacedRow } from './stretch-columns.ts';

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
    const added = this.#added;
    this.#added = [];
    for (const range of added.length > 1 ? mergedRanges(added) : added) this.#write(range);
  }

  /** Forgets what was added and is not to be written. */
  discard(): void {
    this.#added = [];
  }

  /** Ranges that it touches become one with it. */
  #write({ min, max }: IdRange): void {
    const from = min === ID_MIN ? min : min - 1n;
    const to = max === ID_MAX ? max : max + 1n;
    const [first, ...others] = this.#near({ min: from, max: to });
    if (first === undefined) {
      this.#sql.insert.run(...this.#key, min, max);
      return;
    }
    const last = others.at(-1) ?? first;
    for (const other of others) this.#sql.remove.run(...this.#key, other.min);
    const grown = { min: first.min < min ? first.min : min, max: last.max > max ? last.max : max };
    this.#sql.grow.run(grown.min, grown.max, ...this.#key, first.min);
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
    return this.#sql.near
      .all(...this.#key, min, max)
      .map(rangeOf)
      .filter((near) => near.max >= min);
  }
}

function rangeOf(row: PlacedRow): IdRange {
  return { min: BigInt(String(row[0])), max: BigInt(String(row[1])) };
}

function prepare(db: DatabaseSync) {
  const near = db.prepare(
    `SELECT CAST("min" AS TEXT), CAST("max" AS TEXT) FROM completed
     WHERE namespace = ?1 AND kind = ?2
       AND "min" >= ifnull((SELECT max("min") FROM completed
         WHERE namespace = ?1 AND kind = ?2 AND "min" < ?3), ?3)
       AND "min" <= ?4
     ORDER BY "min"`,
  );
  near.setReturnArrays(true);
  return {
    near,
    insert: db.prepare('INSERT INTO completed VALUES (?, ?, ?, ?)'),
    grow: db.prepare(
      'UPDATE completed SET "min" = ?, "max" = ? WHERE namespace = ? AND kind = ? AND "min" = ?',
    ),
    remove: db.prepare('DELETE FROM completed WHERE namespace = ? AND kind = ? AND "min" = ?'),
  };
}
