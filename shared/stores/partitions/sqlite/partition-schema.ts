import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../kernel/errors.ts';
import { inTransaction } from '../../checkpoint/schema.ts';
import { SqlRow } from '../../sqlite/sql-row.ts';
import { EPOCHS_LOST_MAX, REVISIONS_LOST_MAX, TOKENS_LOST_MAX } from '../lost-max.ts';
import { otherStrategyError } from '../store-errors.ts';

const SCHEMA_VERSION = 2;
/** 16 MB: most that is written is soon written over, and need not get any further. */
const CHECKPOINT_PAGES = 4_000;

/**
 * Partitions with IDs side by side that are alike are one row, as `Stretch` has it: `id` and `min`
 * are those of the first, `last` and `max` of the last. The key is what the first ones can be taken off without
 * moving the row.
 */
const STRETCHES = `
  CREATE TABLE stretches (
    namespace INTEGER NOT NULL, "last" INTEGER NOT NULL, id INTEGER NOT NULL,
    "min" INTEGER NOT NULL, "max" INTEGER NOT NULL, status TEXT NOT NULL, worker TEXT NOT NULL,
    token INTEGER NOT NULL, version INTEGER NOT NULL, attempts INTEGER NOT NULL,
    priority INTEGER NOT NULL, next_run REAL NOT NULL, heartbeat REAL NOT NULL,
    lease_until REAL NOT NULL, error TEXT NOT NULL, options TEXT NOT NULL,
    checkpoint TEXT NOT NULL, items INTEGER NOT NULL, created REAL NOT NULL,
    updated REAL NOT NULL, PRIMARY KEY (namespace, "last")
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX stretches_ready ON stretches (namespace, priority DESC, "last")
    WHERE status = 'pending';
  CREATE INDEX stretches_leased ON stretches (namespace, lease_until)
    WHERE status IN ('claimed', 'running');
  CREATE INDEX stretches_due ON stretches (namespace, next_run) WHERE status = 'failed';`;

/** Version 1 had a row for each partition. */
const FROM_1 = `${STRETCHES}
  INSERT INTO stretches SELECT namespace, id, id, "min", "max", status, worker, token, version,
    attempts, priority, next_run, heartbeat, lease_until, error, options, checkpoint, items,
    created, updated FROM partitions;
  DROP TABLE partitions;`;

/** Times are ms; those of leases by the monotonic clock of the host, since it was booted. */
const TABLES = `${STRETCHES}
  CREATE TABLE place (id TEXT NOT NULL) STRICT;
  CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL UNIQUE, incarnation TEXT NOT NULL, boot TEXT NOT NULL,
    candidate TEXT NOT NULL, epoch INTEGER NOT NULL, leader_until REAL NOT NULL,
    planned_to INTEGER, last_partition INTEGER NOT NULL, last_token INTEGER NOT NULL,
    mark TEXT NOT NULL, is_paused INTEGER NOT NULL,
    pending INTEGER NOT NULL, claimed INTEGER NOT NULL, running INTEGER NOT NULL,
    completed INTEGER NOT NULL, failed INTEGER NOT NULL, dead INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE completed (
    namespace INTEGER NOT NULL, kind TEXT NOT NULL, "min" INTEGER NOT NULL, "max" INTEGER NOT NULL,
    PRIMARY KEY (namespace, kind, "min")
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE commands (
    namespace INTEGER NOT NULL, id TEXT NOT NULL, submitted REAL NOT NULL, done REAL,
    ids TEXT NOT NULL, is_forced INTEGER NOT NULL, most INTEGER NOT NULL,
    retried TEXT NOT NULL, skipped TEXT NOT NULL, PRIMARY KEY (namespace, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX commands_done ON commands (namespace, done, submitted);
  CREATE TABLE workers (
    namespace INTEGER NOT NULL, worker TEXT NOT NULL, since REAL NOT NULL, last_seen REAL NOT NULL,
    until REAL NOT NULL, PRIMARY KEY (namespace, worker)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE documents (
    namespace TEXT NOT NULL PRIMARY KEY, incarnation TEXT NOT NULL, boot TEXT NOT NULL,
    restarts INTEGER NOT NULL, revision INTEGER NOT NULL, "text" TEXT NOT NULL
  ) STRICT;
  CREATE TABLE locks (
    namespace TEXT NOT NULL, name TEXT NOT NULL, holder TEXT NOT NULL, until REAL NOT NULL,
    PRIMARY KEY (namespace, name)
  ) STRICT, WITHOUT ROWID;`;

interface Place {
  readonly path: string;
  /** For a new file. */
  readonly freshId: string;
}

/**
 * Makes a new file ready, brings an older one up to date, and gives the ID that it has.
 * @throws AppError `invalid` for a file that a newer version wrote.
 */
export function setUpPlace(db: DatabaseSync, { path, freshId }: Place): string {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  inTransaction(db, () => {
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version > SCHEMA_VERSION) throw tooNew(path, version);
    if (version === SCHEMA_VERSION) return;
    if (version === 1) {
      db.exec(FROM_1);
    } else {
      db.exec(TABLES);
      db.prepare('INSERT INTO place VALUES (?)').run(freshId);
    }
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
  return String(db.prepare('SELECT id FROM place').get()?.['id']);
}

export interface FreshNamespace {
  readonly namespace: string;
  /** For a new namespace. */
  readonly incarnation: string;
  /** Of the host, since it was started last. */
  readonly bootId: string;
}

export interface OpenNamespace {
  /** Its number in the tables. */
  readonly id: number;
  readonly incarnation: string;
}

/**
 * Makes a new namespace ready, and tells what it is known by. What the monotonic clock has said
 * before the host was started anew means nothing: all leases are over then. When it fell, the last
 * that was written may be gone: tokens and epochs go on far behind.
 */
export function setUpNamespace(db: DatabaseSync, fresh: FreshNamespace): OpenNamespace {
  const { namespace, incarnation, bootId } = fresh;
  const find = db.prepare('SELECT id, incarnation, boot FROM namespaces WHERE namespace = ?');
  inTransaction(db, () => {
    if (isIn(db, 'documents', namespace)) throw otherStrategyError(namespace, 'simple');
    db.prepare(
      `INSERT OR IGNORE INTO namespaces
       VALUES (NULL, ?, ?, ?, '', 0, 0, NULL, 0, 0, '', 0, 0, 0, 0, 0, 0, 0)`,
    ).run(namespace, incarnation, bootId);
    const { id = 0, boot } = find.get(namespace) ?? {};
    if (boot === bootId) return;
    db.prepare(
      `UPDATE namespaces SET boot = ?, candidate = '', leader_until = 0,
         last_token = last_token + ?, epoch = epoch + ? WHERE id = ?`,
    ).run(bootId, TOKENS_LOST_MAX, EPOCHS_LOST_MAX, id);
    db.prepare('UPDATE stretches SET lease_until = 0 WHERE namespace = ?').run(id);
    db.prepare('UPDATE workers SET until = 0 WHERE namespace = ?').run(id);
  });
  const row = new SqlRow(find.get(namespace) ?? {});
  return { id: row.int('id'), incarnation: row.text('incarnation') };
}

/**
 * Makes the document of a new namespace ready, and gives its incarnation. When the host was started
 * anew the last that was written may be gone, if it fell: the revision goes on far behind it.
 */
export function setUpDocument(db: DatabaseSync, fresh: FreshNamespace): string {
  const { namespace, incarnation, bootId } = fresh;
  const find = db.prepare('SELECT incarnation, boot FROM documents WHERE namespace = ?');
  inTransaction(db, () => {
    if (isIn(db, 'namespaces', namespace)) throw otherStrategyError(namespace, 'hash');
    db.prepare("INSERT OR IGNORE INTO documents VALUES (?, ?, ?, 0, 0, '')").run(
      ...[namespace, incarnation, bootId],
    );
    if (find.get(namespace)?.['boot'] === bootId) return;
    db.prepare(
      `UPDATE documents SET boot = ?, restarts = restarts + 1, revision = revision + ?
       WHERE namespace = ?`,
    ).run(bootId, REVISIONS_LOST_MAX, namespace);
    db.prepare('DELETE FROM locks WHERE namespace = ?').run(namespace);
  });
  return new SqlRow(find.get(namespace) ?? {}).text('incarnation');
}

function isIn(db: DatabaseSync, table: 'documents' | 'namespaces', namespace: string): boolean {
  return db.prepare(`SELECT 1 FROM ${table} WHERE namespace = ?`).get(namespace) !== undefined;
}

function tooNew(path: string, version: number): AppError {
  return new AppError(
    'invalid',
    `${path} was written by a newer logkit-fleet (schema ${version}, this one knows ` +
      `${SCHEMA_VERSION}); run that version, or set another path`,
  );
}
