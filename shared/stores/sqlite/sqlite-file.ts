import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { hostClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { isBusy, sqliteError } from './sqlite-errors.ts';

/** How long one transaction waits for those of other processes. */
const BUSY_MS_MAX = 5_000;
const RETRY_MS = 50;
const NEVER = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

interface Opening {
  readonly path: string;
  /** What its user does about a damaged file, and what that costs. */
  readonly remedy: string;
}

type Begin = 'BEGIN' | 'BEGIN IMMEDIATE';

/** A database file, as one of the processes that share it has it open. */
export class SqliteFile {
  readonly db: DatabaseSync;
  readonly #opening: Opening;
  readonly #inode: number;
  readonly #begin: Readonly<Record<Begin, StatementSync>>;
  readonly #commit: StatementSync;

  private constructor(db: DatabaseSync, opening: Opening) {
    this.db = db;
    this.#opening = opening;
    this.#inode = statSync(opening.path).ino;
    this.#begin = {
      BEGIN: db.prepare('BEGIN'),
      'BEGIN IMMEDIATE': db.prepare('BEGIN IMMEDIATE'),
    };
    this.#commit = db.prepare('COMMIT');
  }

  /**
   * Opens it, making it when there is none, and sets it up.
   * @throws AppError `invalid` when it is damaged, `unavailable` when the disk refuses, and what
   * setting it up throws.
   */
  static open<T>(
    opening: Opening,
    setUp: (db: DatabaseSync) => T,
  ): { readonly file: SqliteFile; readonly value: T } {
    const db = tried(opening, () => new DatabaseSync(opening.path, { timeout: BUSY_MS_MAX }));
    try {
      return tried(opening, () => {
        const value = patiently(() => setUp(db));
        return { file: new SqliteFile(db, opening), value };
      });
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  }

  /** Of a file that was deleted or replaced this process would go on by itself. */
  get isReplaced(): boolean {
    const { ino } = statSync(this.#opening.path, { throwIfNoEntry: false }) ?? {};
    return ino !== this.#inode;
  }

  /** @throws AppError `invalid` when it is damaged, `unavailable` when the disk refuses. */
  transaction<T>(work: () => T, begin: Begin = 'BEGIN IMMEDIATE'): T {
    return tried(this.#opening, () => {
      this.#begin[begin].run();
      try {
        const result = work();
        this.#commit.run();
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

/**
 * Of those who make a new file ready at the same time SQLite refuses some at once, whatever the
 * time-out says.
 */
function patiently<T>(work: () => T): T {
  const endMs = hostClock.monotonicMs() + BUSY_MS_MAX;
  for (;;) {
    try {
      return work();
    } catch (thrown) {
      if (!isBusy(thrown) || hostClock.monotonicMs() + RETRY_MS >= endMs) throw thrown;
      // There is nothing else to do in this thread.
      Atomics.wait(NEVER, 0, 0, RETRY_MS);
    }
  }
}

function tried<T>({ path, remedy }: Opening, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : sqliteError(thrown, path, remedy);
  }
}
