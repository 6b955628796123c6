import type { Partition } from '../domain/partition.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Processor } from './processor.ts';
import type { Settler } from './settler.ts';

/** How the work on a partition ended. */
export type TaskEnd =
  | { readonly how: 'completed'; readonly items: number }
  /** `isLate`: its time was over. */
  | { readonly how: 'failed'; readonly error: Error; readonly isLate: boolean }
  /** Told to stop; whatever was kept last is where the next one goes on. */
  | { readonly how: 'stopped' }
  /** It is not this worker's any more. */
  | { readonly how: 'lost' };

/** Why a task is told to end. */
export type TaskStop = 'lost' | 'stopped' | 'timeout';

interface TaskDeps {
  readonly processor: Processor;
  readonly settler: Settler;
  readonly clock: Clock;
  /** 0: as long as it takes. */
  readonly timeoutMs: number;
  /** So long a processor is waited for that was told to end. */
  readonly graceMs: number;
}

/** A partition at work. */
export class Task {
  readonly partition: Partition;
  readonly #deps: TaskDeps;
  readonly #abort = new AbortController();
  #stop: TaskStop | null = null;

  constructor(partition: Partition, deps: TaskDeps) {
    this.partition = partition;
    this.#deps = deps;
  }

  /** Tells the processor to end; the first reason counts. */
  end(why: TaskStop): void {
    if (this.#stop !== null) return;
    this.#stop = why;
    this.#abort.abort(new AppError('unavailable', REASONS[why], { details: { code: why } }));
  }

  /** Never rejects. */
  async run(): Promise<TaskEnd> {
    const { clock, timeoutMs } = this.#deps;
    const over = new AbortController();
    if (timeoutMs > 0) {
      void clock.sleep(timeoutMs, over.signal).then(() => {
        if (!over.signal.aborted) this.end('timeout');
      });
    }
    const ended = await Promise.race([this.#process(), this.#abandoned(over.signal)]);
    over.abort();
    return this.#seen(ended);
  }

  async #process(): Promise<TaskEnd> {
    const { id, min, max, options, token, checkpoint } = this.partition;
    try {
      const items = await this.#deps.processor.process(min, max, options, {
        signal: this.#abort.signal,
        ...{ token, checkpoint },
        save: (value) => this.#save(id, value),
      });
      return { how: 'completed', items };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      return { how: 'failed', error, isLate: false };
    }
  }

  async #save(id: number, checkpoint: unknown): Promise<void> {
    const { token } = this.partition;
    // In other data the same token may be somebody else's.
    if (this.#stop === 'lost') throw lostError();
    const verdict = await this.#deps.settler.settle({ id, token, event: 'save', checkpoint });
    if (verdict === 'done') return;
    this.end('lost');
    throw lostError();
  }

  /** A processor that does not listen is not waited for without end. */
  async #abandoned(over: AbortSignal): Promise<TaskEnd> {
    await aborted(this.#abort.signal, over);
    await this.#deps.clock.sleep(this.#deps.graceMs, over);
    const error = new Error('it did not end when it was told to');
    return { how: 'failed', error, isLate: false };
  }

  /** Work that was done all the same is done, as long as the partition is still this worker's. */
  #seen(ended: TaskEnd): TaskEnd {
    if (this.#stop === 'lost') return { how: 'lost' };
    if (ended.how === 'completed' || this.#stop === null) return ended;
    if (this.#stop === 'stopped') return { how: 'stopped' };
    const { timeoutMs } = this.#deps;
    const error = new Error(`not done within ${timeoutMs} ms`);
    return { how: 'failed', error, isLate: true };
  }
}

const REASONS: Readonly<Record<TaskStop, string>> = {
  lost: 'the partition is not held by this worker any more',
  stopped: 'the worker stops',
  timeout: 'the time for the partition is over',
};

function lostError(): AppError {
  return new AppError('conflict', REASONS.lost, { details: { code: 'lost' } });
}

function aborted(signal: AbortSignal, or: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || or.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    or.addEventListener('abort', () => resolve(), { once: true });
  });
}
