import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../../kernel/errors.ts';
import { inTransaction } from '../../checkpoint/schema.ts';
import { SqlRow } from '../../sqlite/sql-row.ts';

/** Of these tables: other ones may be in the file as well, and have a version of their own. */
const SCHEMA_VERSION = 1;
/** 16 MB: most that is written is soon written over, and need not get any further. */
const CHECKPOINT_PAGES = 4_000;

/** Times are ms by the monotonic clock of the host, since it was booted. */
const TABLES = `
  CREATE TABLE registry_schema (version INTEGER NOT NULL) STRICT;
  CREATE TABLE registries (
    id INTEGER PRIMARY KEY, prefix TEXT NOT NULL UNIQUE, boot TEXT NOT NULL,
    revision INTEGER NOT NULL, floor INTEGER NOT NULL, leases_begun INTEGER NOT NULL,
    owner TEXT NOT NULL, epoch INTEGER NOT NULL, owned_until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE registry_instances (
    registry INTEGER NOT NULL, id TEXT NOT NULL, service TEXT NOT NULL,
    revision INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (registry, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX registry_services ON registry_instances (registry, service, id);
  CREATE INDEX registry_revisions ON registry_instances (registry, revision);
  CREATE TABLE registry_service_counts (
    registry INTEGER NOT NULL, service TEXT NOT NULL, instances INTEGER NOT NULL,
    PRIMARY KEY (registry, service)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE registry_events (
    registry INTEGER NOT NULL, id TEXT NOT NULL, nth INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (registry, id, nth)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE registry_removed (
    registry INTEGER NOT NULL, id TEXT NOT NULL, service TEXT NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (registry, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX registry_removals ON registry_removed (registry, revision);
  CREATE TABLE registry_leases (
    nth INTEGER PRIMARY KEY, registry INTEGER NOT NULL, until INTEGER NOT NULL, ttl INTEGER NOT NULL,
    ids TEXT NOT NULL
  ) STRICT;`;

/**
 * Makes the tables when there are none.
 * @throws AppError `invalid` for those of a newer version.
 */
export function setUpTables(db: DatabaseSync, path: string): void {
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  inTransaction(db, () => {
    const version = versionOf(db);
    if (version > SCHEMA_VERSION) throw tooNew(path, version);
    if (version === SCHEMA_VERSION) return;
    db.exec(TABLES);
    db.prepare('INSERT INTO registry_schema VALUES (?)').run(SCHEMA_VERSION);
  });
}

interface Registry {
  readonly prefix: string;
  readonly bootId: string;
  /** By the wall clock, in microseconds: revisions begin there, so that none is given twice. */
  readonly nowUs: number;
}

interface FoundRegistry {
  /** Its number in the tables. */
  readonly id: number;
  /** The host was started since it was last open: what its leases say means nothing. */
  readonly isOfOtherBoot: boolean;
}

/** Makes a new registry when there is none; one transaction must be around it. */
export function setUpRegistry(db: DatabaseSync, registry: Registry): FoundRegistry {
  const { prefix, bootId, nowUs } = registry;
  db.prepare("INSERT OR IGNORE INTO registries VALUES (NULL, ?, ?, ?, ?, 0, '', 0, 0)").run(
    ...[prefix, bootId, nowUs, nowUs],
  );
  const find = db.prepare('SELECT id, boot FROM registries WHERE prefix = ?');
  const row = new SqlRow(find.get(prefix) ?? {});
  const id = row.int('id');
  const isOfOtherBoot = row.text('boot') !== bootId;
  if (isOfOtherBoot) {
    // A disk may have lost the last that it was said to have kept.
    db.prepare(
      `UPDATE registries SET boot = ?1, owner = '', owned_until = 0,
         revision = max(revision + 1, ?2), floor = max(revision + 1, ?2) WHERE id = ?3`,
    ).run(bootId, nowUs, id);
  }
  return { id, isOfOtherBoot };
}

function versionOf(db: DatabaseSync): number {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'registry_schema'").get();
  if (table === undefined) return 0;
  return new SqlRow(db.prepare('SELECT version FROM registry_schema').get() ?? {}).int('version');
}

function tooNew(path: string, version: number): AppError {
  return new AppError(
    'invalid',
    `${path} has a registry of a newer logkit-fleet (schema ${version}, this one knows ` +
      `${SCHEMA_VERSION}); run that version, or set another path`,
  );
}
