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

interface TaskDeps {
  readonly processor: Processor;
  readonly settler: Settler;
  readonly clock: Clock;
  /** 0: as long as it takes. */
  readonly timeoutMs: number;
  /** So long a processor is waited for that was told to end. */
  readonly graceMs: number;
}

interface ToolsOf {
  readonly signal: () => AbortSignal;
  readonly save: TaskTools['save'];
}

/** A partition at work. What most partitions never need, a signal and timers, is made when it is asked for. */
export class Task {
  readonly partition: Partition;
  readonly #deps: TaskDeps;
  readonly #tools: TaskTools;
  readonly #ended = Promise.withResolvers<TaskEnd>();
  #abort: AbortController | null = null;
  /** Ends the timers. */
  #over: AbortController | null = null;
  #isRunning = false;
  #stop: TaskStop | null = null;

  constructor(partition: Partition, deps: TaskDeps) {
    this.partition = partition;
    this.#deps = deps;
    this.#tools = new Tools(partition, {
      signal: () => this.#signal(),
      save: (checkpoint) => this.#save(checkpoint),
    });
  }

  /** Tells the processor to end; the first reason counts. */
  end(why: TaskStop): void {
    if (this.#stop !== null) return;
    this.#stop = why;
    this.#abort?.abort(reasonOf(why));
    if (this.#isRunning) this.#abandonLater();
  }

  /** Never rejects. */
  run(): Promise<TaskEnd> {
    const { timeoutMs } = this.#deps;
    this.#isRunning = true;
    if (timeoutMs > 0) this.#after(timeoutMs, () => this.end('timeout'));
    if (this.#stop !== null) this.#abandonLater();
    void this.#process();
    return this.#ended.promise;
  }

  async #process(): Promise<void> {
    const { min, max, options } = this.partition;
    try {
      const items = await this.#deps.processor.process(min, max, options, this.#tools);
      this.#finish({ how: 'completed', items });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#finish({ how: 'failed', error, isLate: false });
    }
  }

  /** The processor has ended, or is not waited for any more. */
  #finish(ended: TaskEnd): void {
    this.#isRunning = false;
    this.#over?.abort();
    this.#ended.resolve(this.#seen(ended));
  }

  #signal(): AbortSignal {
    if (this.#abort === null) {
      this.#abort = new AbortController();
      if (this.#stop !== null) this.#abort.abort(reasonOf(this.#stop));
    }
    return this.#abort.signal;
  }

  async #save(checkpoint: unknown): Promise<void> {
    const { id, token } = this.partition;
    // In other data the same token may be somebody else's.
    if (this.#stop === 'lost') throw lostError();
    const verdict = await this.#deps.settler.settle({ id, token, event: 'save', checkpoint });
    if (verdict === 'done') return;
    this.end('lost');
    throw lostError();
  }

  /** A processor that does not listen is not waited for without end. */
  #abandonLater(): void {
    this.#after(this.#deps.graceMs, () => {
      const error = new Error('it did not end when it was told to');
      this.#finish({ how: 'failed', error, isLate: false });
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

/** A class, for a getter of an object by itself costs that object a shape of its own. */
class Tools implements TaskTools {
  readonly id: number;
  readonly token: number;
  readonly checkpoint: unknown;
  readonly save: TaskTools['save'];
  readonly #signal: () => AbortSignal;

  constructor({ id, token, checkpoint }: Partition, of: ToolsOf) {
    this.id = id;
    this.token = token;
    this.checkpoint = checkpoint;
    this.save = of.save;
    this.#signal = of.signal;
  }

  get signal(): AbortSignal {
    return this.#signal();
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
