import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../kernel/errors.ts';
import { sqliteError } from '../../sqlite/sqlite-errors.ts';
import { storeLostError } from '../store-errors.ts';
import { setUpPlace } from './partition-schema.ts';

/** How long one transaction waits for those of other processes. */
const BUSY_MS_MAX = 5_000;
const REMEDY =
  'move it away (and its -wal and -shm files) and start again; all partitions begin anew then';

export interface PlaceOpening {
  readonly path: string;
  readonly namespace: string;
  readonly bootId: string;
  /** For a file that is new, and for a namespace that is. */
  readonly freshId: string;
  readonly freshIncarnation: string;
}

/** The file that namespaces are kept in, as one of its processes has it open. */
export class SqlitePlace {
  readonly db: DatabaseSync;
  readonly id: string;
  readonly #opening: PlaceOpening;
  readonly #inode: number;

  private constructor(db: DatabaseSync, opening: PlaceOpening) {
    const { path, freshId } = opening;
    this.db = db;
    this.id = setUpPlace(db, { path, freshId });
    this.#opening = opening;
    this.#inode = statSync(path).ino;
  }

  /**
   * Opens it, making it when there is none, and sets the namespace up.
   * @throws AppError as the store does.
   */
  static open<T>(
    opening: PlaceOpening,
    setUp: (db: DatabaseSync) => T,
  ): { readonly place: SqlitePlace; readonly value: T } {
    const { path } = opening;
    const db = tried(path, () => new DatabaseSync(path, { timeout: BUSY_MS_MAX }));
    try {
      return tried(path, () => ({ place: new SqlitePlace(db, opening), value: setUp(db) }));
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }

  /** @throws AppError `store_lost` for a file that was deleted or replaced. */
  transaction<T>(work: () => T): T {
    const { path, namespace } = this.#opening;
    // Of a file that was deleted or replaced this process would go on by itself.
    const { ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (ino !== this.#inode) throw storeLostError(namespace);
    return tried(path, () => {
      this.db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.db.exec('COMMIT');
        return result;
      } catch (thrown) {
        if (this.db.isTransaction) this.db.exec('ROLLBACK');
        throw thrown;
      }
    });
  }

  close(): void {
    this.db.close();
  }
}

function tried<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : sqliteError(thrown, path, REMEDY);
  }
}
