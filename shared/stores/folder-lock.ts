import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { isBusy, sqliteError } from './sqlite/sqlite-errors.ts';

/** Two processes that start at the same moment get in each other's way only this long. */
const BUSY_MS_MAX = 250;

/** Which key names the folder, and how the lock's files begin: `.` hides them among what people read. */
interface LockOptions {
  readonly key: 'data_dir' | 'rest_dir';
  readonly prefix: '' | '.';
}

export const DATA_DIR: LockOptions = { key: 'data_dir', prefix: '' };
export const REST_DIR: LockOptions = { key: 'rest_dir', prefix: '.' };

const Holder = z.object({ pid: z.int(), host: z.string(), since: z.string() });

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes `dir` this process's own until it releases it or ends, however it ends. What locks is an
 * open transaction on the SQLite file `lock.db`: the kernel drops it with the process, and it
 * holds across containers that share the volume. The file `lock` beside it only tells people, and
 * the next process, who the holder is.
 *
 * @throws AppError `conflict` when another process holds it, `invalid` when the folder cannot be
 * used, `unavailable` when the disk refuses.
 */
export async function lockFolder(
  dir: string,
  { key, prefix }: LockOptions = DATA_DIR,
  clock: Clock = systemClock,
): Promise<FolderLock> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError(
      'invalid',
      `${key} ${dir} cannot be used: ${messageOf(cause)}; set another ${key}`,
      { cause },
    );
  }

  const holderPath = join(dir, `${prefix}lock`);
  const db = await takeLock({ dir, key, holderPath, path: join(dir, `${prefix}lock.db`) });
  const since = new Date(clock.now()).toISOString();
  const holder = { pid: process.pid, host: hostname(), since };
  try {
    await writeFile(holderPath, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  } catch (cause) {
    db.close();
    throw new AppError('unavailable', `cannot write ${holderPath}: ${messageOf(cause)}`, { cause });
  }

  let released: Promise<void> | null = null;
  return {
    release: () => {
      // The file goes while the lock is still held, or it could be the next holder's.
      released ??= rm(holderPath, { force: true }).finally(() => db.close());
      return released;
    },
  };
}

interface Taking {
  readonly dir: string;
  readonly key: string;
  readonly path: string;
  readonly holderPath: string;
}

async function takeLock({ dir, key, path, holderPath }: Taking): Promise<DatabaseSync> {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(path, { timeout: BUSY_MS_MAX });
    db.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return db;
  } catch (thrown) {
    db?.close();
    if (!isBusy(thrown)) throw sqliteError(thrown, path, 'delete it, there is nothing in it');
    throw new AppError(
      'conflict',
      `${key} ${dir} is in use by ${await holderWords(holderPath)}; stop it or set another ${key}`,
      { cause: thrown },
    );
  }
}

async function holderWords(holderPath: string): Promise<string> {
  try {
    const { pid, host, since } = Holder.parse(JSON.parse(await readFile(holderPath, 'utf8')));
    return `process ${pid} on ${host} since ${since}`;
  } catch {
    // The holder has locked but not written its name yet, or someone removed the file.
    return 'another process';
  }
}
