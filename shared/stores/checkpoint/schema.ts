import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../kernel/errors.ts';

export const SCHEMA_VERSION = 5;

export const REMEDY =
  'move it away (and its -wal and -shm files) and start again; ' +
  'runners then start from their read_from';

/** What each version has added, by the version before it. */
const STEPS: readonly string[] = [
  `CREATE TABLE positions (
    runner TEXT NOT NULL, source TEXT NOT NULL, position TEXT NOT NULL,
    PRIMARY KEY (runner, source)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE totals (
    runner TEXT NOT NULL PRIMARY KEY, totals TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE sinks (
    path TEXT NOT NULL PRIMARY KEY, identity TEXT NOT NULL, size INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;`,

  `CREATE TABLE epochs (
    runner TEXT NOT NULL PRIMARY KEY, epoch TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE seals (
    runner TEXT NOT NULL, sender TEXT NOT NULL, source TEXT NOT NULL,
    generation INTEGER NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (runner, sender)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE lanes (
    runner TEXT NOT NULL, sender TEXT NOT NULL,
    read_units INTEGER NOT NULL, read_bytes INTEGER NOT NULL,
    PRIMARY KEY (runner, sender)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE ledger (
    runner TEXT NOT NULL, sender TEXT NOT NULL, source TEXT NOT NULL,
    generation INTEGER NOT NULL, "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    crc INTEGER NOT NULL, delivered INTEGER NOT NULL, filtered INTEGER NOT NULL,
    parse_errors INTEGER NOT NULL, dead_lettered INTEGER NOT NULL, dropped INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX ledger_ends ON ledger (runner, sender, source, generation, "end");
  CREATE TABLE buffered (
    runner TEXT NOT NULL, sender TEXT NOT NULL, seq INTEGER NOT NULL,
    source TEXT NOT NULL, generation INTEGER NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, crc INTEGER NOT NULL,
    units INTEGER NOT NULL,
    segment INTEGER NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL,
    bytes_crc INTEGER NOT NULL, facts TEXT NOT NULL,
    PRIMARY KEY (runner, sender, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, runner TEXT NOT NULL, sender TEXT NOT NULL,
    source TEXT NOT NULL, origin TEXT NOT NULL, generation INTEGER NOT NULL,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL,
    record TEXT NOT NULL, reason TEXT NOT NULL, at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_letters_of ON dead_letters (runner, id);`,

  `CREATE TABLE moves (
    runner TEXT NOT NULL, source TEXT NOT NULL, generation INTEGER NOT NULL,
    "from" INTEGER NOT NULL, "to" INTEGER NOT NULL, at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX moves_of ON moves (runner, source);`,

  // Those that are there already each count as a unit.
  `ALTER TABLE dead_letters ADD COLUMN unit INTEGER;
  UPDATE dead_letters SET unit = -id;`,

  `ALTER TABLE dead_letters ADD COLUMN name TEXT;
  CREATE INDEX dead_letters_by_name ON dead_letters (runner, name) WHERE name IS NOT NULL;`,
];

/**
 * Makes a new file ready, brings an older one up to date, and looks for damage.
 * @throws AppError `invalid` for a damaged file and for one that a newer version wrote.
 */
export function setUp(db: DatabaseSync, path: string): void {
  const version = versionOf(db, path);
  // A damaged page is better found now than in the middle of a run; the file is small.
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict !== 'ok') throw new AppError('invalid', `${path} is damaged; ${REMEDY}`);

  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  if (version === SCHEMA_VERSION) return;
  inTransaction(db, () => {
    for (const step of STEPS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

/**
 * The version of the tables in a file; 0 when it has none yet.
 * @throws AppError `invalid` when a newer version of the program wrote it.
 */
export function versionOf(db: DatabaseSync, path: string): number {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (version <= SCHEMA_VERSION) return version;
  throw new AppError(
    'invalid',
    `${path} was written by a newer logkit-fleet (schema ${version}, this one knows ` +
      `${SCHEMA_VERSION}); run that version, or set another data_dir`,
  );
}

export function inTransaction(db: DatabaseSync, work: () => void): void {
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
