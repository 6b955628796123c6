import type { Worker } from 'node:worker_threads';
import { BusyMap } from '../kernel/busy-map.ts';
import { AppError, type ErrorKind, messageOf, toAppError } from '../kernel/errors.ts';

/** A caller that waits is a promise in memory; more of them than this are refused. */
const PENDING_MAX = 10_000;

export interface Numbered<Request> {
  readonly id: number;
  readonly request: Request;
}

/** An error crosses the thread as its kind and message: a class does not survive the copy. */
export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly kind: ErrorKind;
      readonly message: string;
      readonly details?: AppError['details'];
    };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AppError) => void;
}

interface WorkerRpcOptions {
  /** What errors call the worker: "the checkpoint worker". */
  readonly name: string;
  /** Told once when the worker ends without being asked to. */
  readonly onDeath: (error: AppError) => void;
}

/**
 * Questions to a worker thread and its answers. The worker takes lists of `Numbered` requests, what
 * was asked in one turn of the event loop, and posts lists of `Reply`. When it dies everything that
 * waits, and everything asked later, is refused with AppError `unavailable` and the reason.
 */
export class WorkerRpc<Request> {
  readonly #worker: Worker;
  readonly #options: WorkerRpcOptions;
  readonly #waiting = new BusyMap<number, Waiting>();
  readonly #exited = Promise.withResolvers<undefined>();
  #lastId = 0;
  /** On their way at the end of this turn. */
  #asked: Numbered<Request>[] = [];
  /** Why nothing is taken any more. */
  #ended: AppError | null = null;

  constructor(worker: Worker, options: WorkerRpcOptions) {
    this.#worker = worker;
    this.#options = options;
    worker.on('message', (replies: readonly Reply[]) => {
      for (const reply of replies) this.#settle(reply);
    });
    worker.on('messageerror', (thrown) => this.#die(messageOf(thrown), thrown));
    worker.on('error', (thrown) => this.#die(messageOf(thrown), thrown));
    worker.on('exit', (code) => {
      this.#die(`exit code ${code}`);
      this.#exited.resolve(undefined);
    });
  }

  ask(request: Request): Promise<unknown> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    if (this.#waiting.size >= PENDING_MAX) {
      const full = `${this.#options.name} has ${PENDING_MAX} requests waiting`;
      return Promise.reject(new AppError('unavailable', full));
    }

    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    // A message costs as much as all that is in it: what is asked in microtasks behind it goes along.
    // Microtasks run when no tick is left, and before the ticks that they ask for.
    if (this.#asked.length === 0) queueMicrotask(() => process.nextTick(() => this.#send()));
    this.#asked.push({ id, request });
    return promise;
  }

  /**
   * Asks `last` after everything asked before it, and then ends the worker, whatever it said.
   * Of a worker that died already nothing is left to end.
   */
  async end(last: Request): Promise<void> {
    if (this.#ended === null) {
      const answered = this.ask(last);
      this.#ended = new AppError('unavailable', `${this.#options.name} is closed`);
      try {
        await answered;
      } finally {
        await this.#worker.terminate();
      }
    }
    await this.#exited.promise;
  }

  #send(): void {
    const asked = this.#asked;
    this.#asked = [];
    try {
      this.#worker.postMessage(asked);
    } catch {
      // What cannot be copied fails only its own caller.
      for (const each of asked) this.#sendAlone(each);
    }
  }

  #sendAlone(asked: Numbered<Request>): void {
    try {
      this.#worker.postMessage([asked]);
    } catch (thrown) {
      this.#refuse(asked.id, toAppError(thrown));
    }
  }

  #refuse(id: number, error: AppError): void {
    this.#waiting.get(id)?.reject(error);
    this.#waiting.delete(id);
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(new AppError(reply.kind, reply.message, { details: reply.details ?? {} }));
  }

  #die(reason: string, cause?: unknown): void {
    const error = new AppError('unavailable', `${this.#options.name} died: ${reason}`, { cause });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#options.onDeath(error);
  }
}
