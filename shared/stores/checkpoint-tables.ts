import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { AppError, toAppError } from '../kernel/errors.ts';
import type { SinkPosition } from './checkpoint-store.ts';
import { sqliteError } from './sqlite-errors.ts';

const SCHEMA_VERSION = 1;
/** How long one statement waits for another process that holds the file, such as a backup. */
const BUSY_MS_MAX = 5_000;

const REMEDY =
  'move it away (and its -wal and -shm files) and start again; ' +
  'runners then start from their read_from';

const SCHEMA = `
  CREATE TABLE positions (
    runner TEXT NOT NULL, source TEXT NOT NULL, position TEXT NOT NULL,
    PRIMARY KEY (runner, source)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE totals (
    runner TEXT NOT NULL PRIMARY KEY, totals TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sinks (
    path TEXT NOT NULL PRIMARY KEY, identity TEXT NOT NULL, size INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** A `CheckpointCommit` with its JSON values written out as text. */
export interface CommitRows {
  readonly runner: string;
  readonly source: { readonly id: string; readonly position: string } | null;
  readonly forgetSources: readonly string[];
  readonly sinks: readonly SinkPosition[];
  readonly totals: string;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * Checkpoints as tables of one SQLite file. Every call waits for the disk, so only a worker thread
 * should own one of these. All methods throw AppError: `unavailable` when the disk refuses,
 * `invalid` when the file is damaged or was written by a newer version.
 */
export class CheckpointTables {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(path: string) {
    this.#path = path;
    this.#db = this.#try(() => new DatabaseSync(path, { timeout: BUSY_MS_MAX }));
    try {
      this.#sql = this.#try(() => {
        setUp(this.#db, path);
        return prepare(this.#db);
      });
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  load(runner: string): { readonly positions: readonly Row[]; readonly totals: SQLOutputValue } {
    return this.#try(() => ({
      positions: this.#sql.positions.all(runner),
      totals: this.#sql.totals.get(runner)?.['totals'] ?? null,
    }));
  }

  /**
   * Keeps all commits in one transaction. When that fails each is tried alone, so that one bad
   * commit fails only its own caller. Answers for each what refused it, or null when it is kept.
   */
  commit(commits: readonly CommitRows[]): readonly (AppError | null)[] {
    try {
      this.#transaction(() => {
        for (const commit of commits) this.#write(commit);
      });
      return commits.map(() => null);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (commits.length === 1 || error.kind === 'unavailable') return commits.map(() => error);
      return commits.flatMap((commit) => this.commit([commit]));
    }
  }

  forget(runner: string): void {
    this.#transaction(() => {
      this.#sql.dropPositions.run(runner);
      this.#sql.dropTotals.run(runner);
    });
  }

  sink(path: string): Row | null {
    return this.#try(() => this.#sql.sink.get(path) ?? null);
  }

  close(): void {
    this.#try(() => this.#db.close());
  }

  #write({ runner, source, forgetSources, sinks, totals }: CommitRows): void {
    for (const id of forgetSources) this.#sql.dropPosition.run(runner, id);
    if (source !== null) this.#sql.setPosition.run(runner, source.id, source.position);
    for (const { path, identity, size } of sinks) this.#sql.setSink.run(path, identity, size);
    this.#sql.setTotals.run(runner, totals);
  }

  #transaction(work: () => void): void {
    this.#try(() => {
      inTransaction(this.#db, work);
    });
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (thrown) {
      throw sqliteError(thrown, this.#path, REMEDY);
    }
  }
}

function setUp(db: DatabaseSync, path: string): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version > SCHEMA_VERSION) {
    throw new AppError(
      'invalid',
      `${path} was written by a newer logkit-fleet (schema ${version}, this one knows ` +
        `${SCHEMA_VERSION}); run that version, or set another data_dir`,
    );
  }

  // A damaged page is better found now than in the middle of a run; the file is small.
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw new AppError('invalid', `${path} is damaged; ${REMEDY}`);

  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  if (version === 0) inTransaction(db, () => db.exec(SCHEMA));
}

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (thrown) {
    // A full disk makes SQLite roll back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}

function prepare(db: DatabaseSync) {
  return {
    positions: db.prepare('SELECT source, position FROM positions WHERE runner = ?'),
    totals: db.prepare('SELECT totals FROM totals WHERE runner = ?'),
    sink: db.prepare('SELECT path, identity, size FROM sinks WHERE path = ?'),
    setPosition: db.prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?)'),
    setTotals: db.prepare('INSERT OR REPLACE INTO totals VALUES (?, ?)'),
    setSink: db.prepare('INSERT OR REPLACE INTO sinks VALUES (?, ?, ?)'),
    dropPosition: db.prepare('DELETE FROM positions WHERE runner = ? AND source = ?'),
    dropPositions: db.prepare('DELETE FROM positions WHERE runner = ?'),
    dropTotals: db.prepare('DELETE FROM totals WHERE runner = ?'),
  };
}
