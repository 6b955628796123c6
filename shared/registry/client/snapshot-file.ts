import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, messageOf, systemCode } from '../../kernel/errors.ts';
import { JsonFile } from '../../stores/json-file.ts';
import { InstanceAnswer } from './instance-answer.ts';

const FILE_BYTES_MAX = 256 * 1024 * 1024;
const VERSION = 1;

const Snapshots = z.object({
  schema_version: z.literal(VERSION),
  services: z.record(
    z.string(),
    z.object({ saved_at: z.iso.datetime(), instances: z.array(InstanceAnswer).readonly() }),
  ),
});
export type Snapshots = z.output<typeof Snapshots>['services'];

/** What a cache knew last, for a start while the registry is away. */
export class SnapshotFile {
  readonly #path: string;
  readonly #file: JsonFile;

  constructor(path: string) {
    this.#path = path;
    this.#file = new JsonFile(path);
  }

  /**
   * Nothing where there is no file.
   * @throws AppError `invalid` for one that holds something else, `unavailable` when it cannot be read.
   */
  async read(): Promise<Snapshots> {
    const text = await this.#text();
    if (text === null) return {};
    try {
      return Snapshots.parse(JSON.parse(text)).services;
    } catch (cause) {
      const message = `${this.#path} holds no snapshot of a registry`;
      throw new AppError('invalid', message, { cause });
    }
  }

  /** @throws AppError `unavailable` when the disk refuses: the old file is still there. */
  write(services: Snapshots): Promise<void> {
    return this.#file.write({ schema_version: VERSION, services });
  }

  async #text(): Promise<string | null> {
    try {
      const { size } = await stat(this.#path);
      if (size > FILE_BYTES_MAX) throw new Error(`it is longer than ${FILE_BYTES_MAX} bytes`);
      return await readFile(this.#path, 'utf8');
    } catch (cause) {
      if (systemCode(cause) === 'ENOENT') return null;
      const message = `cannot read ${this.#path}: ${messageOf(cause)}`;
      throw new AppError('unavailable', message, { cause });
    }
  }
}
