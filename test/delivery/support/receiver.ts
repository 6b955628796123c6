import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../../support/fleet-process.ts';

/**
 * What a receiver does with a batch. `answers-early`: half of an answer after half of the batch,
 * then a reset; `answers-half`: it has the whole batch, and closes in the middle of its answer.
 */
export type Behaviour = 'well' | 'hangs' | 'fails' | 'resets' | 'answers-early' | 'answers-half';

export interface ReceiverOrder {
  readonly port: number;
  readonly file: string;
  readonly honoursKeys: boolean;
}

export interface ReceiverReport {
  readonly requests: number;
  readonly stored: number;
  /** Batches that came again under a known key. */
  readonly known: number;
  readonly withoutKey: number;
}

/** A sink that speaks HTTP, in a process of its own, so that it can also die. */
export class Receiver implements AsyncDisposable {
  readonly file: string;
  readonly url: string;
  readonly #order: ReceiverOrder;
  #child: ChildProcess | null = null;

  private constructor(order: ReceiverOrder) {
    this.#order = order;
    this.file = order.file;
    this.url = `http://127.0.0.1:${order.port}/data`;
  }

  /** It does not listen yet. */
  static async prepare(file: string, honoursKeys: boolean): Promise<Receiver> {
    return new Receiver({ port: await freePort(), file, honoursKeys });
  }

  async start(): Promise<void> {
    const script = join(import.meta.dirname, 'receiver.process.ts');
    this.#child = fork(script, [JSON.stringify(this.#order)]);
    await once(this.#child, 'message');
  }

  async behave(behaviour: Behaviour): Promise<void> {
    await this.#ask(behaviour);
  }

  async report(): Promise<ReceiverReport> {
    return (await this.#ask('report')) as ReceiverReport;
  }

  /** Nobody listens from then on. What it has stored, and which keys, it knows at the next start. */
  async die(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.die();
  }

  async #ask(order: string): Promise<unknown> {
    const child = this.#child;
    if (child === null) throw new Error('the receiver was never started');
    const answer = once(child, 'message');
    child.send(order);
    const [message] = (await answer) as unknown[];
    return message;
  }
}
