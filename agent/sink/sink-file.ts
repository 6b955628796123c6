import { constants, statSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../../shared/kernel/clock.ts';
import { systemCode } from '../../shared/kernel/errors.ts';
import type { CheckpointStore, SinkPosition } from '../../shared/stores/checkpoint-store.ts';
import { FileWriter } from './file-writer.ts';
import { Mutex } from './mutex.ts';
import { isFull, type Rotation, rotatedPath } from './rotation.ts';
import type { AppendOptions } from './sink-files.ts';
import { keepAside } from './torn-tail.ts';

export interface SinkFileDeps {
  readonly checkpoints: Pick<CheckpointStore, 'sink' | 'commit'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where tails that are cut off are kept. */
  readonly keepAsideDir: string;
}

/** Not O_APPEND: every write has its position. Without O_NONBLOCK a named pipe would block. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly identity: string;
}

/** One that batches are appended to. */
interface SinkTarget extends OpenFile {
  readonly writer: FileWriter;
}

/** A batch that was appended, and not yet committed. */
export interface Appended {
  readonly position: SinkPosition;
  readonly undo: () => Promise<void>;
  readonly committed: () => void;
}

/** Commits of a sink alone; no runner can have this name. */
const NO_RUNNER = '';

/**
 * One file that batches are appended to, by its real path. Whoever calls it holds `mutex`.
 *
 * Before its first write to a file it makes sure that the checkpoints say where that file ends. What
 * is found behind the committed end was written by a process that was killed before it could commit:
 * it will be sent again, and is cut off. From then on every write is committed or taken back.
 */
export class SinkFile {
  readonly path: string;
  readonly mutex = new Mutex();
  readonly #deps: SinkFileDeps;
  #open: SinkTarget | null = null;
  /** The file that was compared with the checkpoints. */
  #settledIdentity: string | null = null;
  /** The file whose name is known to be on the disk, too. */
  #namedIdentity: string | null = null;
  /** Where the checkpoints say that the file ends. */
  #lastSize = -1;
  /** Where a file has to be cut to, because taking a batch back has failed. */
  #owedCut: { readonly identity: string; readonly size: number } | null = null;

  constructor(path: string, deps: SinkFileDeps) {
    this.path = path;
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Whether it may be looked at and written to without leaving this thread. */
  get isQuick(): boolean {
    return this.#open?.writer.isQuick === true;
  }

  /**
   * Appends to whatever file the path names now; all of the bytes, or none. `isSynced`: they are on
   * the disk when it resolves. A file that is full by `rotation` gives way to a new one before.
   */
  async append(
    bytes: Buffer,
    { isSynced, rotation }: Pick<AppendOptions, 'isSynced' | 'rotation'>,
  ): Promise<Appended> {
    const file = await this.#withRoom(rotation);
    const before = await file.writer.size();
    if (before !== this.#lastSize) await this.#remember(file, before);
    const after = before + bytes.length;
    try {
      await file.writer.write(bytes, before);
      if (isSynced) await this.#sync(file);
    } catch (thrown) {
      await this.#cut(file, before).catch(() => undefined); // Then it is owed.
      throw thrown;
    }
    return {
      position: { path: this.path, identity: file.identity, size: after },
      undo: () => this.#undo(file, before, after),
      committed: () => {
        this.#lastSize = after;
      },
    };
  }

  /**
   * The file to append to, which ends where the checkpoints say. Whatever is in the one before is
   * committed by then, so that renaming it moves nothing that may have to be taken back.
   */
  async #withRoom(rotation: Rotation | undefined): Promise<SinkTarget> {
    const file = await this.#current();
    await this.#settle(file);
    if (rotation === undefined) return file;
    const nowMs = this.#deps.clock.now();
    const { size, birthtimeMs } = await file.handle.stat();
    // A file system that does not know when a file was made says 0.
    const ageMs = birthtimeMs > 0 ? nowMs - birthtimeMs : 0;
    if (!isFull({ bytes: size, ageMs }, rotation)) return file;
    await rename(this.path, await freePath(rotatedPath(this.path, nowMs)));
    const next = await this.#current();
    await this.#settle(next);
    return next;
  }

  async close(): Promise<void> {
    const file = this.#open;
    this.#open = null;
    await file?.handle.close();
  }

  /** The open file, or the one that has taken its place at the path: logs are rotated. */
  async #current(): Promise<SinkTarget> {
    if (this.#open !== null && this.#open.identity === (await this.#identityNow())) {
      return this.#open;
    }
    await this.close();
    const handle = await open(this.path, FLAGS, 0o644);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new Error('it is no regular file');
      const writer = await FileWriter.of(handle, this.path, this.#deps.clock);
      this.#open = { path: this.path, handle, writer, identity: identityOf(stats) };
      return this.#open;
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  async #identityNow(): Promise<string | null> {
    if (!this.isQuick) return identityAt(this.path);
    const stats = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : identityOf(stats);
  }

  /** A file that is new is found after a power failure only if its folder knows it, too. */
  async #sync({ handle, identity }: OpenFile): Promise<void> {
    await handle.datasync();
    if (this.#namedIdentity === identity) return;
    const folder = await open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    this.#namedIdentity = identity;
  }

  async #settle(file: OpenFile): Promise<void> {
    if (this.#owedCut?.identity === file.identity) await this.#cut(file, this.#owedCut.size);
    if (this.#settledIdentity === file.identity) return;

    const { checkpoints } = this.#deps;
    const { path } = this;
    const { identity } = file;
    const known = await checkpoints.sink(path);
    const { size } = await file.handle.stat();
    if (known?.identity === identity) {
      await this.#recover(file, known.size, size);
    } else {
      if (known !== null && this.#settledIdentity === null) await this.#recoverMoved(known);
      const sinks = [{ path, identity, size }];
      await checkpoints.commit({ runner: NO_RUNNER, sinks, totals: null });
    }
    this.#settledIdentity = identity;
    this.#lastSize = -1;
  }

  /** A file that was renamed while we were down took its torn tail along, in its folder. */
  async #recoverMoved({ identity, size: committedSize }: SinkPosition): Promise<void> {
    const path = await siblingOf(this.path, identity);
    if (path === null) return;
    const handle = await open(path, 'r+');
    try {
      const { size } = await handle.stat();
      if (size > committedSize)
        await this.#recover({ path, handle, identity }, committedSize, size);
    } finally {
      await handle.close();
    }
  }

  async #recover(file: OpenFile, committedSize: number, size: number): Promise<void> {
    const { path } = file;
    const { clock, log, keepAsideDir } = this.#deps;
    if (size > committedSize) {
      const tail = { path, from: committedSize, to: size };
      const copy = await keepAside(tail, keepAsideDir, clock.now());
      await this.#cut(file, committedSize);
      const facts = { path, bytes: size - committedSize, copy };
      log.warn(facts, 'a tail that was never committed was cut off, and kept aside');
    } else if (size < committedSize) {
      const facts = { path, bytes: size, committedBytes: committedSize };
      log.warn(facts, 'the file is shorter than what was committed: somebody cut it');
    }
  }

  async #remember({ identity }: OpenFile, size: number): Promise<void> {
    const sinks = [{ path: this.path, identity, size }];
    await this.#deps.checkpoints.commit({ runner: NO_RUNNER, sinks, totals: null });
    this.#lastSize = size;
  }

  /** What somebody else wrote after the batch is not cut off with it. */
  async #undo(file: OpenFile, before: number, after: number): Promise<void> {
    const { size } = await file.handle.stat();
    if (size === after) {
      await this.#cut(file, before);
      return;
    }
    const facts = { path: this.path, bytes: after - before };
    this.#deps.log.warn(facts, 'a batch stays in the file: somebody else changed it meanwhile');
  }

  async #cut({ handle, identity }: OpenFile, size: number): Promise<void> {
    this.#owedCut = { identity, size };
    await handle.truncate(size);
    this.#owedCut = null;
  }
}

/** Nobody's file is overwritten: several may be full within a second. */
async function freePath(wanted: string): Promise<string> {
  for (let nth = 0; ; nth += 1) {
    const path = nth === 0 ? wanted : `${wanted}.${nth}`;
    if ((await identityAt(path)) === null) return path;
  }
}

/** The file of this identity in the folder of `path`; null when it is not there. */
async function siblingOf(path: string, identity: string): Promise<string | null> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    const sibling = join(folder, name);
    // One that cannot be looked at, such as a link in a circle, must not keep all batches waiting.
    if ((await identityAt(sibling).catch(() => null)) === identity) return sibling;
  }
  return null;
}

async function identityAt(path: string): Promise<string | null> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}-${ino}`;
}
