import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a writer is to write: the lines from `from` up to, not including, `to`. */
export interface Writing {
  readonly source: string;
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly linesPerSecond: number;
  /** Lines a file, before it is renamed and a new one is begun. */
  readonly rotateEvery: number;
}

/** Another process that writes a log. */
export class Writer implements AsyncDisposable {
  /** Resolves when all is written. */
  readonly done: Promise<void>;
  readonly #child;

  constructor(writing: Writing) {
    const script = join(import.meta.dirname, 'writer.process.ts');
    this.#child = spawn(process.execPath, [script, JSON.stringify(writing)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.done = once(this.#child, 'exit').then(([code]) => {
      if (code !== 0) throw new Error(`the writer of ${writing.path} has failed`);
    });
    // Whoever waits for it is told; nobody has to.
    this.done.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.done.catch(() => undefined);
  }
}
