import { realpathSync } from 'node:fs';
import { mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../shared/kernel/clock.ts';
import { AppError, messageOf, systemCode } from '../../shared/kernel/errors.ts';
import type { Acceptance } from './acceptance.ts';
import { type Appended, SinkFile, type SinkFileDeps } from './sink-file.ts';
import type { AppendOptions, SinkFiles } from './sink-files.ts';

/** Open at once; the one used longest ago is closed for the next. */
const OPEN_FILES_MAX = 64;
/** Remembered at once, open or not: paths with a date in them are new ones every day. */
const KNOWN_FILES_MAX = 4096;
/** How long a batch waits for the one before it on the same path. */
const WAIT_MS_MAX = 60_000;

/**
 * The one appender of this agent. A path that is a link is the file it leads to, so that two
 * spellings of a path do not write into each other.
 *
 * `append` throws AppError `unavailable`: the disk or the permissions refuse, `signal` aborted, or
 * another batch has held the path for a minute.
 */
export function createSinkFiles(deps: SinkFileDeps): SinkFiles {
  return new AppendedFiles(deps);
}

class AppendedFiles implements SinkFiles {
  readonly #deps: SinkFileDeps;
  /** By real path; the one used longest ago comes first. */
  readonly #files = new Map<string, SinkFile>();
  #isClosed = false;

  constructor(deps: SinkFileDeps) {
    this.#deps = deps;
  }

  async append(path: string, bytes: Buffer, options: AppendOptions): Promise<Acceptance> {
    const { signal } = options;
    const file = this.#quickFile(path) ?? this.#file(await attempt(path, () => realTarget(path)));
    const release = await turn(file, this.#deps.clock, signal);
    try {
      if (this.#isClosed) throw new AppError('unavailable', `cannot append to ${path}: closed`);
      const appended = await attempt(path, async () => {
        await this.#makeRoom();
        return file.append(bytes, options);
      });
      return acceptance(appended, release);
    } catch (thrown) {
      release();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  /** The file at a path that was its real path before and still is; null: that takes a closer look. */
  #quickFile(path: string): SinkFile | null {
    if (this.#files.get(path)?.isQuick !== true) return null;
    try {
      return realpathSync.native(path) === path ? this.#file(path) : null;
    } catch {
      return null;
    }
  }

  #file(path: string): SinkFile {
    const file = this.#files.get(path) ?? new SinkFile(path, this.#deps);
    this.#files.delete(path);
    this.#files.set(path, file);
    return file;
  }

  /** A file is left alone while a batch in it may still be taken back. */
  async #makeRoom(): Promise<void> {
    if (this.#files.size <= OPEN_FILES_MAX) return;
    let open = [...this.#files.values()].filter((file) => file.isOpen).length;
    for (const [path, file] of this.#files) {
      const isTooOld = this.#files.size > KNOWN_FILES_MAX;
      const isTooMany = file.isOpen && open >= OPEN_FILES_MAX;
      if (file.mutex.isHeld || !(isTooOld || isTooMany)) continue;
      if (isTooOld) this.#files.delete(path);
      if (file.isOpen) open -= 1;
      await file.close();
    }
  }
}

/** Where a path leads, links followed. The file and the folders around it are made if need be. */
async function realTarget(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT') throw thrown;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await (await open(path, 'a', 0o644)).close();
  return realpath(path);
}

/** Waits until the batch before has been committed or taken back. */
async function turn(file: SinkFile, clock: Clock, signal: AbortSignal): Promise<() => void> {
  if (!file.mutex.isHeld) return file.mutex.acquire(signal);

  const late = new AbortController();
  const over = new AbortController();
  void clock.sleep(WAIT_MS_MAX, over.signal).then(() => late.abort());
  try {
    return await file.mutex.acquire(AbortSignal.any([signal, late.signal]));
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    throw new AppError(
      'unavailable',
      `cannot append to ${file.path}: a batch before this one has waited ` +
        `${WAIT_MS_MAX / 1000} s to be committed`,
    );
  } finally {
    over.abort();
  }
}

function acceptance({ position, undo, committed }: Appended, release: () => void): Acceptance {
  let isSettled = false;
  return {
    positions: [position],
    committed() {
      isSettled = true;
      committed();
      release();
    },
    async undo() {
      if (isSettled) return;
      isSettled = true;
      try {
        await attempt(position.path, undo);
      } finally {
        release();
      }
    },
  };
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('unavailable', `cannot append to ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
