import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { waitUntil } from './wait-until.ts';

const START_MS_MAX = 15_000;
const STOP_MS_MAX = 15_000;

interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Variables besides ours. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A process that runs until it is told to stop. */
export class Program implements AsyncDisposable {
  output = '';
  readonly #options: ProgramOptions;
  readonly #child: ChildProcess;

  constructor(options: ProgramOptions) {
    const { command, args, cwd, env, signal } = options;
    this.#options = options;
    this.#child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      signal,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.on('error', (error) => {
      this.output += error.message;
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
  }

  get pid(): number {
    if (this.#child.pid === undefined || this.#hasEnded) throw this.#died();
    return this.#child.pid;
  }

  /** Waits until `isReady` says so; fails at once when the process ends instead, and stops it. */
  async ready(isReady: () => Promise<boolean> | boolean): Promise<void> {
    const { command, signal } = this.#options;
    const ask = () => this.pid > 0 && isReady();
    const what = `${command} to be ready`;
    try {
      await waitUntil(ask, { what, everyMs: 20, atMostMs: START_MS_MAX, signal });
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
  }

  async stop(): Promise<void> {
    if (this.#hasEnded || this.#child.pid === undefined) return;
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS_MAX);
    await gone;
    clearTimeout(late);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #died(): Error {
    return new Error(`${this.#options.command} has ended: ${this.output.slice(-2_000)}`);
  }
}
