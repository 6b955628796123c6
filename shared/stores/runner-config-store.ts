import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Low } from 'lowdb';
import { RunnerConfig } from '../domain/runner-config.ts';
import { RunnerName } from '../domain/runner-name.ts';
import { AppError, messageOf, systemCode } from '../kernel/errors.ts';
import { KeyedQueue } from '../kernel/keyed-queue.ts';
import { JsonFile, syncFolder } from './json-file.ts';
import { JSON_SCHEMA_VERSION, requireKnownVersion } from './schema-version.ts';

const SUFFIX = '.conf';

/** One file of the folder. A file that cannot be used says why; the others are not its hostages. */
export type KeptConfig =
  | { readonly name: string; readonly path: string; readonly config: RunnerConfig }
  | { readonly name: string; readonly path: string; readonly error: string };

/**
 * The runner configurations that came over the API: one file `<name>.conf` each, in `rest_dir`.
 * People may read and edit them. The file's name is the runner's, whatever the `name` in it says.
 */
export class RunnerConfigStore {
  readonly #dir: string;
  readonly #changes = new KeyedQueue();

  constructor(dir: string) {
    this.#dir = resolve(dir);
  }

  /**
   * The absolute path of a runner's file.
   * @throws AppError `invalid` when `name` is not a runner's name: no path is formed from it.
   */
  path(name: string): string {
    const checked = RunnerName.safeParse(name);
    if (checked.success) return join(this.#dir, `${checked.data}${SUFFIX}`);
    throw new AppError('invalid', wordsOf(checked.error.issues));
  }

  /**
   * Every configuration kept, in the order of names.
   * @throws AppError `unavailable` when the folder cannot be read; one that is missing is empty.
   */
  async list(): Promise<readonly KeptConfig[]> {
    const files = await this.#files();
    return Promise.all(files.map((file) => this.#kept(file.slice(0, -SUFFIX.length), file)));
  }

  /** @throws AppError `invalid` for a bad name, `unavailable` when the disk refuses. */
  async save(name: string, config: RunnerConfig): Promise<void> {
    await this.saveFile(this.path(name), { ...config, name });
  }

  /** As `save`, to a file of the user's own, which may be elsewhere. Its comments are lost. */
  async saveFile(path: string, config: RunnerConfig): Promise<void> {
    const dir = dirname(path);
    await this.#changes.run(path, async () => {
      await this.#attempt(`cannot make ${dir}`, () => mkdir(dir, { recursive: true, mode: 0o700 }));
      const file = new Low<unknown>(new JsonFile(path, dir !== this.#dir), null);
      file.data = { schema_version: JSON_SCHEMA_VERSION, ...config };
      await file.write();
    });
  }

  /** A configuration that is not there is removed already. */
  async remove(name: string): Promise<void> {
    await this.removeFile(this.path(name));
  }

  /** As `remove`, of a file of the user's own, which may be elsewhere. */
  async removeFile(path: string): Promise<void> {
    await this.#changes.run(path, () =>
      this.#attempt(`cannot remove ${path}`, async () => {
        await rm(path, { force: true });
        await syncFolder(dirname(path));
      }),
    );
  }

  async #files(): Promise<string[]> {
    const found = await this.#attempt(`cannot read ${this.#dir}`, async () => {
      const entries = await readdir(this.#dir, { withFileTypes: true });
      return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
    });
    return (found ?? []).filter((name) => name.endsWith(SUFFIX)).sort();
  }

  async #kept(name: string, fileName: string): Promise<KeptConfig> {
    const path = join(this.#dir, fileName);
    try {
      return { name, path: this.path(name), config: await readConfig(name, path) };
    } catch (thrown) {
      return { name, path, error: messageOf(thrown) };
    }
  }

  /** Undefined when what `work` looks for is not there. */
  async #attempt<T>(failure: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw new AppError('unavailable', `${failure}: ${messageOf(cause)}`, { cause });
    }
  }
}

async function readConfig(name: string, path: string): Promise<RunnerConfig> {
  const file = new Low<unknown>(new JsonFile(path), null);
  await file.read();
  requireKnownVersion(file.data, path);
  const result = RunnerConfig.safeParse(file.data);
  if (result.success) return { ...result.data, name };
  throw new AppError('invalid', `${path}: ${wordsOf(result.error.issues)}`);
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function wordsOf(issues: readonly Issue[]): string {
  return issues
    .map(({ path, message }) =>
      path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
    )
    .join('; ');
}
