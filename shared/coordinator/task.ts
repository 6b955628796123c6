import type { Partition } from '../domain/partition.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Processor, TaskTools } from './processor.ts';
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

export interface TaskDeps {
  readonly processor: Processor;
  readonly settler: Settler;
  readonly clock: Clock;
  /** 0: as long as it takes. */
  readonly timeoutMs: number;
  /** So long a processor is waited for that was told to end. */
  readonly graceMs: number;
}

/** A partition at work. What most partitions never need, a signal and timers, is made when it is asked for. */
export class Task {
  readonly partition: Partition;
  readonly #deps: TaskDeps;
  #onEnd: ((end: TaskEnd) => void) | null = null;
  #abort: AbortController | null = null;
  /** Ends the timers. */
  #over: AbortController | null = null;
  #stop: TaskStop | null = null;

  constructor(partition: Partition, deps: TaskDeps) {
    this.partition = partition;
    this.#deps = deps;
  }

  /** Tells the processor to end; the first reason counts. */
  end(why: TaskStop): void {
    if (this.#stop !== null) return;
    this.#stop = why;
    this.#abort?.abort(reasonOf(why));
    if (this.#onEnd !== null) this.#abandonLater();
  }

  /** `onEnd` is told once, and not before this has returned. */
  run(onEnd: (end: TaskEnd) => void): void {
    const { timeoutMs, processor } = this.#deps;
    this.#onEnd = onEnd;
    if (timeoutMs > 0) this.#after(timeoutMs, () => this.end('timeout'));
    if (this.#stop !== null) this.#abandonLater();
    const { min, max, options } = this.partition;
    try {
      const processed = processor.process(min, max, options, new Tools(this));
      void Promise.resolve(processed).then(
        (items) => this.#finish({ how: 'completed', items }),
        (thrown: unknown) => this.#fail(thrown),
      );
    } catch (thrown) {
      queueMicrotask(() => this.#fail(thrown));
    }
  }

  /** For the processor: aborts when it is told to end. */
  get signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#stop !== null) this.#abort.abort(reasonOf(this.#stop));
    }
    return this.#abort.signal;
  }

  async save(checkpoint: unknown): Promise<void> {
    const { id, token } = this.partition;
    // In other data the same token may be somebody else's.
    if (this.#stop === 'lost') throw lostError();
    const verdict = await this.#deps.settler.settle({ id, token, event: 'save', checkpoint });
    if (verdict === 'done') return;
    this.end('lost');
    throw lostError();
  }

  #fail(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    this.#finish({ how: 'failed', error, isLate: false });
  }

  /** The processor has ended, or is not waited for any more. */
  #finish(ended: TaskEnd): void {
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    this.#over?.abort();
    onEnd?.(this.#seen(ended));
  }

  /** A processor that does not listen is not waited for without end. */
  #abandonLater(): void {
    this.#after(this.#deps.graceMs, () => {
      this.#fail(new Error('it did not end when it was told to'));
    });
  }

  /** Unless it is over by then. */
  #after(ms: number, act: () => void): void {
    this.#over ??= new AbortController();
    const { signal } = this.#over;
    void this.#deps.clock.sleep(ms, signal).then(() => {
      if (!signal.aborted) act();
    });
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

/** What few processors ask for is made when they do. */
class Tools implements TaskTools {
  readonly id: number;
  readonly token: number;
  readonly checkpoint: unknown;
  readonly #task: Task;

  constructor(task: Task) {
    const { id, token, checkpoint } = task.partition;
    this.id = id;
    this.token = token;
    this.checkpoint = checkpoint;
    this.#task = task;
  }

  get signal(): AbortSignal {
    return this.#task.signal;
  }

  get save(): TaskTools['save'] {
    return (checkpoint) => this.#task.save(checkpoint);
  }
}

const REASONS: Readonly<Record<TaskStop, string>> = {
  lost: 'the partition is not held by this worker any more',
  stopped: 'the worker stops',
  timeout: 'the time for the partition is over',
};

function reasonOf(why: TaskStop): AppError {
  return new AppError('unavailable', REASONS[why], { details: { code: why } });
}

function lostError(): AppError {
  return new AppError('conflict', REASONS.lost, { details: { code: 'lost' } });
}
