import { Worker } from 'node:worker_threads';
import { BusyMap } from '../../kernel/busy-map.ts';
import { hostClock, systemClock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { workerUrl } from '../../kernel/worker-url.ts';
import type { Held } from '../../stores/partitions/partition-store.ts';
import type { Beater, BeaterMaker, Beating, Listening, Round } from './beater.ts';
import type {
  BeaterThreadTask,
  RoundMessage,
  ThreadBeaterOptions,
  ToBeater,
} from './beater-messages.ts';

/** So long a thread has for its last renewal before it is ended by force. */
const END_MS_MAX = 5_000;

/**
 * Beats in a thread of its own, over a connection of its own, so that a processor that keeps the
 * main loop busy starves nothing.
 * @throws AppError `invalid` for a place that no other thread can reach.
 */
export function threadBeater(options: ThreadBeaterOptions): BeaterMaker {
  if (options.place.type === 'memory') {
    throw new AppError('invalid', 'a store in memory has no beater in a thread: leave it out');
  }
  return (beating) => new ThreadBeater(options, beating);
}

interface Lease {
  readonly token: number;
  /** By the host's monotonic clock. */
  readonly untilMs: number;
}

class ThreadBeater implements Beater {
  readonly #options: ThreadBeaterOptions;
  readonly #beating: Beating;
  readonly #held = new BusyMap<number, Lease>();
  /** Told with whatever is told next: to renew one that is settled does no harm. */
  #dropped: Held[] = [];
  #waiting: (() => void)[] = [];
  #ending = new AbortController();
  #thread: Worker | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ThreadBeaterOptions, beating: Beating) {
    this.#options = options;
    this.#beating = beating;
  }

  begin(listening: Listening): void {
    this.#held.clear();
    this.#dropped = [];
    this.#ending = new AbortController();
    this.#running = this.#run(listening, this.#ending.signal);
  }

  hold(held: readonly Held[], untilMs: number): void {
    const hostUntilMs = hostClock.monotonicMs() + untilMs - systemClock.monotonicMs();
    for (const { id, token } of held) this.#held.set(id, { token, untilMs: hostUntilMs });
    this.#tellDropped();
    // At once: the processor may be about to block this loop.
    this.#tell({ op: 'hold', held, untilMs: hostUntilMs });
  }

  drop(held: Held): void {
    if (this.#held.get(held.id)?.token !== held.token) return;
    this.#held.delete(held.id);
    this.#dropped.push(held);
  }

  beat(): Promise<void> {
    if (this.#thread === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#tell({ op: 'beat' });
    });
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  /** A thread that died is followed by another one, until the end. */
  async #run(listening: Listening, signal: AbortSignal): Promise<void> {
    const hasEnded = (): boolean => signal.aborted;
    while (!hasEnded()) {
      const reason = await this.#live(listening, signal);
      if (!hasEnded()) this.#died(reason, listening);
      await systemClock.sleep(this.#beating.everyMs, signal);
    }
  }

  /** Resolves when the thread has ended, with the reason. */
  async #live({ incarnation, onRound }: Listening, signal: AbortSignal): Promise<unknown> {
    const task: BeaterThreadTask = { ...this.#options, incarnation, beating: this.#beating };
    const thread = new Worker(workerUrl('beater', import.meta.url), {
      workerData: task,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const exited = Promise.withResolvers<unknown>();
    let reason: unknown = 'it has ended';
    thread.on('message', (message: RoundMessage) => this.#heard(message, onRound));
    thread.on('error', (thrown) => (reason = thrown));
    thread.on('exit', () => exited.resolve(reason));
    this.#thread = thread;
    for (const [id, { token, untilMs }] of this.#held) {
      this.#tell({ op: 'hold', held: [{ id, token }], untilMs });
    }
    const stop = () => void this.#stop(thread, exited.promise);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    await exited.promise;
    signal.removeEventListener('abort', stop);
    this.#thread = null;
    this.#answer();
    return reason;
  }

  async #stop(thread: Worker, exited: Promise<unknown>): Promise<void> {
    this.#tell({ op: 'end' });
    const isGone = new AbortController();
    const late = systemClock.sleep(END_MS_MAX, isGone.signal);
    await Promise.race([exited, late]);
    isGone.abort();
    await thread.terminate();
  }

  #heard({ lost, tookMs, standing, error }: RoundMessage, onRound: (round: Round) => void): void {
    this.#tellDropped();
    this.#tell({ op: 'heard' });
    for (const each of lost) this.#forget(each);
    if (standing !== null) onRound({ lost, tookMs, standing });
    else if (error !== null) onRound({ lost, tookMs, error: appError(error) });
    this.#answer();
  }

  #died(reason: unknown, { onRound }: Listening): void {
    const lost = [...this.#held].map(([id, { token }]) => ({ id, token }));
    this.#held.clear();
    const message = `the thread that renews leases died: ${messageOf(reason)}`;
    onRound({ lost, tookMs: 0, error: new AppError('unavailable', message, { cause: reason }) });
  }

  #forget({ id, token }: Held): void {
    if (this.#held.get(id)?.token === token) this.#held.delete(id);
  }

  #answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #tellDropped(): void {
    if (this.#dropped.length > 0) this.#tell({ op: 'drop', held: this.#dropped.splice(0) });
  }

  #tell(message: ToBeater): void {
    this.#thread?.postMessage(message);
  }
}

function appError({ kind, message, details }: NonNullable<RoundMessage['error']>): AppError {
  return new AppError(kind, message, { details });
}
