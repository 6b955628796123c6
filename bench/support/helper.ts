import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { z } from 'zod';
import type { BenchContext } from './bench-case.ts';

/** Whatever is a process of its own lies beside bench.ts. */
const ENTRIES = join(import.meta.dirname, '..');

/**
 * A process of ours that plays a part beside the program: a floor to compare with, the agents of a
 * fleet, a load. It answers one message with one message, and ends when this process does.
 */
export class Helper implements AsyncDisposable {
  readonly #file: string;
  readonly #child: ChildProcess;

  constructor(file: string, { signal }: BenchContext) {
    this.#file = file;
    this.#child = fork(join(ENTRIES, file), { signal, killSignal: 'SIGKILL', execArgv: [] });
    this.#child.on('error', () => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#file} was not started`);
    return this.#child.pid;
  }

  /** One question at a time. */
  async ask<T>(question: object, answer: z.ZodType<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const ended = () => reject(new Error(`${this.#file} has ended`));
    this.#child.once('message', resolve);
    this.#child.once('exit', ended);
    this.#child.send(question);
    try {
      return answer.parse(await promise);
    } finally {
      this.#child.off('message', resolve);
      this.#child.off('exit', ended);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
