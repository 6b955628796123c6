import { chmod, copyFile, link, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { AppError, messageOf, systemCode } from '../kernel/errors.ts';
import { REMEDY, versionOf } from './checkpoint/schema.ts';
import { withReadOnly } from './checkpoint-snapshot.ts';
import { syncFolder } from './json-file.ts';
import { sqliteError } from './sqlite/sqlite-errors.ts';

const BUSY_MS_MAX = 5_000;
/** In one go: in pieces it would begin anew whenever the agent commits. */
const ALL_PAGES = 2 ** 31 - 1;

interface Backup {
  /** The checkpoints of an agent, which may be at work. */
  readonly from: string;
  /** Must not be there yet. */
  readonly to: string;
}

/**
 * Writes a copy of all checkpoints as of one moment. The new file is there whole or not at all.
 * @throws AppError `conflict` when `to` is there already.
 */
export async function backUpCheckpoints({ from, to }: Backup): Promise<void> {
  const partial = `${to}.part`;
  await requireAbsent(to);
  await rm(partial, { force: true });
  try {
    await copyPages(from, partial);
    // Dead letters hold what was logged.
    await chmod(partial, 0o600);
    await syncFile(partial);
    // A link, other than a rename, replaces nothing.
    await link(partial, to);
    await syncFolder(dirname(to));
  } catch (thrown) {
    throw asBackupError(thrown, to);
  } finally {
    await rm(partial, { force: true });
  }
}

interface Restore {
  readonly backup: string;
  /** The checkpoints that are replaced; their agent must be stopped. */
  readonly path: string;
  /** Where they are kept; must not be there yet. */
  readonly keepAs: string;
}

/**
 * Puts a backup in the place of the checkpoints, once it has been found sound; a crash at any
 * moment leaves the old file or the new one. False when there were none to keep.
 *
 * @throws AppError `invalid` when the backup is damaged, of a newer version, or no backup.
 */
export async function restoreCheckpoints({
  backup: from,
  path,
  keepAs,
}: Restore): Promise<boolean> {
  withReadOnly(from, (db) => requireSound(db, from), 'take another backup');
  await requireAbsent(keepAs);
  const partial = `${path}.part`;
  try {
    await rm(partial, { force: true });
    await copyFile(from, partial);
    await syncFile(partial);
    const isKept = await setAside(path, keepAs);
    await rename(partial, path);
    await syncFolder(dirname(path));
    return isKept;
  } catch (thrown) {
    throw asBackupError(thrown, path);
  } finally {
    await rm(partial, { force: true });
  }
}

function copyPages(from: string, to: string): Promise<unknown> {
  const db = new DatabaseSync(from, { readOnly: true, timeout: BUSY_MS_MAX });
  return backup(db, to, { rate: ALL_PAGES }).finally(() => db.close());
}

/** Under a second name first, so that the rename that follows takes nothing away. */
async function setAside(path: string, keepAs: string): Promise<boolean> {
  const isThere = await link(path, keepAs).then(
    () => true,
    (thrown: unknown) => {
      if (systemCode(thrown) === 'ENOENT') return false;
      throw thrown;
    },
  );
  if (isThere) await foldLog(path, keepAs);
  return isThere;
}

/** What was committed last may be in the log beside the file; with a new file that log must go. */
async function foldLog(path: string, keepAs: string): Promise<void> {
  try {
    const db = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
    try {
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      db.close();
    }
  } catch {
    // Damage may be why there is a restore; what is left of the log is kept beside the old file.
  }
  for (const suffix of ['-wal', '-shm']) {
    await rename(path + suffix, keepAs + suffix).catch((thrown: unknown) => {
      if (systemCode(thrown) !== 'ENOENT') throw thrown;
    });
  }
}

function requireSound(db: DatabaseSync, path: string): void {
  const version = versionOf(db, path);
  const hasTables =
    db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'positions'").get() !== undefined;
  if (version === 0 || !hasTables) {
    throw new AppError('invalid', `${path} is no backup of checkpoints; nothing was changed`);
  }
  const verdict = db.prepare('PRAGMA integrity_check(1)').get()?.['integrity_check'];
  if (verdict === 'ok') return;
  throw new AppError('invalid', `${path} is damaged: ${String(verdict)}; nothing was changed`);
}

async function requireAbsent(path: string): Promise<void> {
  const handle = await open(path, 'r').catch((thrown: unknown) => {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw asBackupError(thrown, path);
  });
  if (handle === null) return;
  await handle.close();
  throw new AppError('conflict', `${path} is there already; name a new file`);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function asBackupError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  if (systemCode(thrown) === 'EEXIST') {
    return new AppError('conflict', `${path} is there already; name a new file`, { cause: thrown });
  }
  if (systemCode(thrown)?.startsWith('ERR_SQLITE') === true) {
    return sqliteError(thrown, path, REMEDY);
  }
  return new AppError('unavailable', `${path}: ${messageOf(thrown)}`, { cause: thrown });
}
