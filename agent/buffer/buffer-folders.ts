import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

const NAME_LENGTH = 16;

/** Where the senders' buffers lie: a folder a runner, in it one a sender. */
export class BufferFolders {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** A sender's name may be a URL, and is no name for a folder. */
  of(runner: string, sender: string): string {
    const name = createHash('sha256').update(sender).digest('hex').slice(0, NAME_LENGTH);
    return join(this.#dir, runner, name);
  }

  async forget(runner: string): Promise<void> {
    await rm(join(this.#dir, runner), { recursive: true, force: true });
  }
}
