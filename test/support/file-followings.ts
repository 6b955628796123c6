import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileReader } from '../../agent/plugins/readers/file.ts';
import { Following } from './following.ts';

/** A folder of its own, and the readers of files in it, which end with it. */
export class FileFollowings {
  readonly dir: string;
  readonly #open: Following[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async in(prefix: string): Promise<FileFollowings> {
    return new FileFollowings(await mkdtemp(join(tmpdir(), prefix)));
  }

  follow(path: string, positions: ReadonlyMap<string, unknown> = new Map()): Following {
    const following = new Following(fileReader, { log_path: path }, { positions });
    this.#open.push(following);
    return following;
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.map((following) => following.stop()));
    await rm(this.dir, { recursive: true });
  }
}
