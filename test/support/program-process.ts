import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitFor } from './wait-for.ts';

/** A program of this repository, in a process of its own. */
export class ProgramProcess {
  /** What it has said, to whomever. */
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(
    path: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const child = spawn(process.execPath, [path, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.#child = child;
    this.#ended = once(child, 'close');
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => (this.output += text));
    }
  }

  async says(text: string | RegExp): Promise<void> {
    const isSaid = () =>
      typeof text === 'string' ? this.output.includes(text) : text.test(this.output);
    await waitFor(`${text} of ${this.output}`, () => isSaid());
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end; gives its exit code, or null when it was killed. */
  async end(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.signal(signal);
    return this.end();
  }
}
