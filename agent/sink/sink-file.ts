import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { CheckpointStore, SinkPosition } from '../../shared/stores/checkpoint-store.ts';
import { AppError, messageOf, systemCode } from '../../shared/kernel/errors.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { Mutex } from './mutex.ts';
import { keepAside } from './torn-tail.ts';

export interface SinkFileDeps {
  readonly checkpoints: Pick<CheckpointStore, 'sink'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Where tails that are cut off are kept. */
  readonly keepAsideDir: string;
}

/** Not O_APPEND: every write has its position. Without O_NONBLOCK a named pipe would block. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;

interface OpenFile {
  readonly handle: FileHandle;
  readonly identity: string;
}

/**
 * One file that batches are appended to, by its real path. Whoever calls it holds `mutex`.
 *
 * In its first use it is compared with where it was last committed: what a killed process wrote
 * after that was never committed, will be sent again, and is cut off. From then on every write is
 * either committed or taken back.
 */
export class SinkFile {
  readonly path: string;
  readonly mutex = new Mutex();
  readonly #deps: SinkFileDeps;
  #open: OpenFile | null = null;
  #isRecovered = false;

  constructor(path: string, deps: SinkFileDeps) {
    this.path = path;
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** Appends to whatever file the path names now; all of the bytes, or none. */
  async append(bytes: Buffer): Promise<{ position: SinkPosition; undo: () => Promise<void> }> {
    const { handle, identity } = await this.#current();
    await this.#recover(handle, identity);
    const { size: before } = await handle.stat();
    const size = before + bytes.length;
    try {
      await writeAll(handle, bytes, before);
    } catch (thrown) {
      await handle.truncate(before).catch(() => undefined);
      throw thrown;
    }
    return {
      position: { path: this.path, identity, size },
      undo: () => this.#undo(handle, before, size),
    };
  }

  async close(): Promise<void> {
    const file = this.#open;
    this.#open = null;
    await file?.handle.close();
  }

  /** The open file, or the one that has taken its place at the path: logs are rotated. */
  async #current(): Promise<OpenFile> {
    const there = await identityAt(this.path);
    if (this.#open !== null && this.#open.identity === there) return this.#open;

    await this.close();
    const handle = await open(this.path, FLAGS, 0o644);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new Error('it is no regular file');
      this.#open = { handle, identity: identityOf(stats) };
      return this.#open;
    } catch (thrown) {
      await handle.close();
      throw thrown;
    }
  }

  async #recover(handle: FileHandle, identity: string): Promise<void> {
    if (this.#isRecovered) return;
    const { checkpoints, clock, log, keepAsideDir } = this.#deps;
    const known = await checkpoints.sink(this.path);
    const { size } = await handle.stat();
    if (known?.identity === identity && size > known.size) {
      const tail = { path: this.path, from: known.size, to: size };
      const copy = await keepAside(tail, keepAsideDir, clock.now());
      await handle.truncate(known.size);
      const facts = { path: this.path, bytes: size - known.size, copy };
      log.warn(facts, 'cut off a tail that was never committed, and kept a copy');
    }
    if (known?.identity === identity && size < known.size) {
      const facts = { path: this.path, bytes: size, committedBytes: known.size };
      log.warn(facts, 'the file is shorter than what was committed: somebody cut it');
    }
    this.#isRecovered = true;
  }

  async #undo(handle: FileHandle, before: number, after: number): Promise<void> {
    const { size } = await handle.stat();
    if (size === after) {
      await handle.truncate(before);
      return;
    }
    const facts = { path: this.path, bytes: after - before };
    this.#deps.log.warn(facts, 'a batch stays in the file: somebody else wrote after it');
  }
}

/** @throws what a failed write on the path means to a sender: AppError `unavailable`. */
export function sinkUnavailable(path: string, thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('unavailable', `cannot append to ${path}: ${messageOf(thrown)}`, {
    cause: thrown,
    details: { path },
  });
}

async function writeAll(handle: FileHandle, bytes: Buffer, from: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, from + done);
    done += bytesWritten;
  }
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
