import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Adapter } from 'lowdb';
import { parseConfigText } from '../config/config-text.ts';
import { AppError, messageOf, systemCode } from '../kernel/errors.ts';

/** A longer file is refused rather than read into memory. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * lowdb's adapter for one JSON file that people read and edit: `#` and `//` comments are allowed,
 * and it is written so that a crash at any moment leaves the old file or the new one, whole.
 * Writes to one path must come one after another; they share a temporary file.
 */
export class JsonFile implements Adapter<unknown> {
  readonly #path: string;
  readonly #keepsMode: boolean;

  /** `keepsMode`: a file that is there stays as readable as it was; else it is its owner's alone. */
  constructor(path: string, keepsMode = false) {
    this.#path = path;
    this.#keepsMode = keepsMode;
  }

  /**
   * The file's value; null when there is no file.
   * @throws AppError `invalid` with file, line and column when the text is not JSON, `unavailable`
   * when the file cannot be read.
   */
  async read(): Promise<unknown> {
    const text = await this.#text();
    return text === null ? null : parseConfigText(text, this.#path);
  }

  /** @throws AppError `unavailable` when the disk refuses: the old file is still there. */
  async write(value: unknown): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    try {
      // A temporary file that a killed process left would keep its own mode.
      await rm(temporary, { force: true });
      await writeThrough(temporary, `${JSON.stringify(value, null, 4)}\n`, await this.#mode());
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw new AppError('unavailable', `cannot write ${this.#path}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }

  async #mode(): Promise<number> {
    const found = this.#keepsMode ? await stat(this.#path).catch(() => null) : null;
    return found === null ? 0o600 : found.mode & 0o777;
  }

  async #text(): Promise<string | null> {
    try {
      const { size } = await stat(this.#path);
      if (size > FILE_BYTES_MAX) {
        throw new AppError('invalid', `${this.#path} is longer than ${FILE_BYTES_MAX} bytes`);
      }
      return await readFile(this.#path, 'utf8');
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      if (systemCode(cause) === 'ENOENT') return null;
      throw new AppError('unavailable', `cannot read ${this.#path}: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

/** Makes names that were added to or removed from a folder survive a loss of power. */
export async function syncFolder(path: string): Promise<void> {
  // Windows has no way to open a folder, and keeps names without being asked.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeThrough(path: string, text: string, mode: number): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    if (mode !== 0o600) await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
