import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AppError, messageOf } from '../../shared/kernel/errors.ts';
import { syncFolder } from '../../shared/stores/json-file.ts';
import type { Acceptance } from '../sink/acceptance.ts';
import type { AppendOptions, SinkFiles } from '../sink/sink-files.ts';
import { publishedPath, type StageOwner, stagePath } from './stage-names.ts';

/** Files of one attempt at once; more are a mistake in a path. */
const FILES_MAX = 1_000;

interface StagedFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** What is accepted ends here. */
  size: number;
}

/**
 * What one attempt at a partition writes: files beside their places, which take these when the
 * partition was read whole. An attempt that ends otherwise leaves nothing. Methods throw AppError
 * `unavailable` when the disk refuses.
 */
export class StagedFiles implements SinkFiles {
  readonly #owner: StageOwner;
  readonly #isSynced: boolean;
  /** Told of a folder before something is written there for the first time. */
  readonly #onFolder: (folder: string) => Promise<void>;
  /** By the path that the sender knows. */
  readonly #files = new Map<string, StagedFile>();

  constructor(
    owner: StageOwner,
    isSynced: boolean,
    onFolder: (folder: string) => Promise<void> = async () => undefined,
  ) {
    this.#owner = owner;
    this.#isSynced = isSynced;
    this.#onFolder = onFolder;
  }

  /** `rotation` says nothing here: a partition's file is as large as the partition. */
  append(path: string, bytes: Buffer, { signal }: AppendOptions): Promise<Acceptance> {
    return onDisk(path, async () => {
      const file = await this.#file(resolve(path));
      if (signal.aborted) throw new Error('aborted');
      const before = file.size;
      // What an append that failed has left behind is written over.
      for (let done = 0; done < bytes.length; ) {
        const rest = bytes.length - done;
        const { bytesWritten } = await file.handle.write(bytes, done, rest, before + done);
        done += bytesWritten;
      }
      file.size = before + bytes.length;
      return {
        positions: [],
        committed: () => undefined,
        undo: async () => {
          file.size = before;
        },
      };
    });
  }

  /** Puts every file in its place; a file of an earlier attempt there is replaced. */
  async publish(): Promise<void> {
    const folders = new Set<string>();
    for (const [path, file] of this.#files) {
      await onDisk(path, async () => {
        await file.handle.truncate(file.size);
        if (this.#isSynced) await file.handle.sync();
        await file.handle.close();
        await rename(file.path, publishedPath(path, this.#owner));
      });
      this.#files.delete(path);
      folders.add(dirname(path));
    }
    if (this.#isSynced)
      for (const folder of folders) await onDisk(folder, () => syncFolder(folder));
  }

  /** Removes what was not published. Never rejects: a sweep finds what is left. */
  async discard(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.allSettled(
      files.map(async ({ handle, path }) => {
        await handle.close().catch(() => undefined);
        await rm(path, { force: true });
      }),
    );
  }

  close(): Promise<void> {
    return this.discard();
  }

  async #file(path: string): Promise<StagedFile> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    if (this.#files.size >= FILES_MAX)
      throw new Error(`a partition has more than ${FILES_MAX} files`);
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await this.#onFolder(folder);
    const staged = stagePath(path, this.#owner);
    const file = { path: staged, handle: await open(staged, 'w', 0o644), size: 0 };
    this.#files.set(path, file);
    return file;
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('unavailable', `cannot write to ${path}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
