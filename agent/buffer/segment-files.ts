import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../../shared/stores/json-file.ts';

const SUFFIX = '.seg';

/** Where a piece lies: which file of the folder, and from which byte on. */
export interface Place {
  readonly segment: number;
  readonly at: number;
}

interface Current {
  readonly segment: number;
  readonly handle: FileHandle;
  /** Folders that do not know it for sure after a power failure, or the folders to it. */
  readonly unsynced: string[];
  size: number;
}

/**
 * Pieces of bytes in numbered files, `<n>.seg`, that are only ever appended to. Each life of the
 * process begins a new file, so that what a killed one left half written is never touched: nothing
 * refers to it. All methods throw the system's error.
 */
export class SegmentFiles {
  readonly #dir: string;
  readonly #bytesMax: number;
  #current: Current | null = null;

  /** A file that has reached `bytesMax` is followed by the next. */
  constructor(dir: string, bytesMax: number) {
    this.#dir = dir;
    this.#bytesMax = bytesMax;
  }

  /** All of the bytes are there when it resolves; what a full disk left behind is overwritten. */
  async append(bytes: Buffer, isSynced: boolean): Promise<Place> {
    const file = await this.#writable();
    const at = file.size;
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await file.handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
    if (isSynced) await sync(file);
    file.size = at + bytes.length;
    return { segment: file.segment, at };
  }

  /** Fewer bytes than asked for when the file is shorter. */
  async read({ segment, at }: Place, length: number): Promise<Buffer> {
    const handle = await open(this.#path(segment), 'r');
    try {
      const bytes = Buffer.allocUnsafeSlow(length);
      const { bytesRead } = await handle.read(bytes, 0, length, at);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  /** Deletes the files below `segment`; null: all of them. */
  async dropBelow(segment: number | null): Promise<void> {
    if (segment === null) await this.close();
    for (const known of await this.#segments()) {
      if (segment === null || known < segment) await rm(this.#path(known), { force: true });
    }
  }

  async close(): Promise<void> {
    const file = this.#current;
    this.#current = null;
    await file?.handle.close();
  }

  async #writable(): Promise<Current> {
    if (this.#current !== null && this.#current.size < this.#bytesMax) return this.#current;
    await this.close();
    const made = await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const segment = Math.max(0, ...(await this.#segments())) + 1;
    const handle = await open(this.#path(segment), 'wx', 0o600);
    const unsynced = foldersFrom(this.#dir, made === undefined ? this.#dir : dirname(made));
    this.#current = { segment, handle, unsynced, size: 0 };
    return this.#current;
  }

  async #segments(): Promise<number[]> {
    const names = await readdir(this.#dir).catch((): string[] => []);
    const numbers = names
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => Number(name.slice(0, -SUFFIX.length)));
    return numbers.filter((number) => Number.isSafeInteger(number) && number > 0);
  }

  #path(segment: number): string {
    return join(this.#dir, `${segment}${SUFFIX}`);
  }
}

/** A new file is found after a power failure only if its folder knows it, too. */
async function sync({ handle, unsynced }: Current): Promise<void> {
  await handle.datasync();
  for (let folder = unsynced.at(-1); folder !== undefined; folder = unsynced.at(-1)) {
    await syncFolder(folder);
    unsynced.pop();
  }
}

/** A folder and those above it, up to `top`. */
function foldersFrom(folder: string, top: string): string[] {
  const above = dirname(folder);
  return folder === top || folder === above ? [folder] : [folder, ...foldersFrom(above, top)];
}
