import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from 'node:worker_threads';
import { workerUrl } from '../../../../shared/kernel/worker-url.ts';
import type { SandboxData, SandboxOutcome, SandboxTask } from './sandbox-protocol.ts';

/** A thread that has only just been started loads the interpreter first. */
const START_MS_MAX = 10_000;
const NOT_READY = 0;
const GRACE_MS = 250;
const HEAP_MB_MAX = 64;

/**
 * A thread in which a user's function runs. Whoever asks waits for the answer, and no longer than
 * the limits allow: then the thread is ended, whatever it is at.
 */
export class Sandbox {
  readonly #data: SandboxSource;
  #thread: Thread | null = null;

  constructor(data: SandboxSource) {
    this.#data = data;
  }

  /** Starts the thread, which gets ready by itself. */
  start(): void {
    this.#thread ??= startThread(this.#data);
  }

  /** What the function makes of the records, one by one; null: it was ended before it was done. */
  run(task: SandboxTask): readonly SandboxOutcome[] | null {
    this.start();
    if (this.#thread === null) return null;
    const { port, answered } = this.#thread;
    Atomics.wait(answered, 0, NOT_READY, START_MS_MAX);
    const before = Atomics.load(answered, 0);
    port.postMessage(task);
    Atomics.wait(answered, 0, before, task.allMs + GRACE_MS);
    const message: { message: readonly SandboxOutcome[] } | undefined = receiveMessageOnPort(port);
    if (message === undefined) {
      this.end();
      return null;
    }
    return message.message;
  }

  /** Ends the thread; the next call starts another. */
  end(): void {
    const thread = this.#thread;
    this.#thread = null;
    if (thread === null) return;
    thread.port.close();
    void thread.worker.terminate();
  }
}

type SandboxSource = Pick<SandboxData, 'source' | 'memoryBytes'>;

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  readonly answered: Int32Array<SharedArrayBuffer>;
}

function startThread(data: SandboxSource): Thread {
  const answered = new SharedArrayBuffer(4);
  const { port1, port2 } = new MessageChannel();
  const workerData: SandboxData = { ...data, answered, port: port2 };
  const worker = new Worker(workerUrl('sandbox', import.meta.url), {
    ...{ workerData, transferList: [port2], env: {}, execArgv: [] },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB_MAX },
    ...{ stdin: true, stdout: true, stderr: true },
  });
  // That the thread has ended shows in the answer that does not come.
  worker.on('error', () => undefined);
  worker.unref();
  port1.unref();
  return { worker, port: port1, answered: new Int32Array(answered) };
}
