import { Readable } from 'node:stream';
import type { Clock } from '../../kernel/clock.ts';
import type { Watcher, WatchUpdate } from '../service-registry.ts';

/** Whatever is between tells the two ends apart from dead ones by that. */
const HEARTBEAT_MS = 15_000;
/** Whoever takes nothing for so long is cut off, and goes on where it was. */
const STALL_MS = 60_000;
/** When a client comes back by itself. */
const RETRY_MS = 2_000;

interface WatchStreamDeps {
  readonly watch: Watcher;
  /** What was taken from the watch already. */
  readonly first: WatchUpdate | null;
  readonly clock: Clock;
  /** Ends it, in order. */
  readonly signal: AbortSignal;
}

/**
 * A watch as server-sent events. While the reader is behind nothing is taken from the watch, which
 * then keeps no more than the last state of each instance.
 */
export class WatchStream extends Readable {
  readonly #deps: WatchStreamDeps;
  readonly #gone = new AbortController();
  #pulled = Promise.withResolvers<undefined>();
  /** Since when (monotonic ms) the reader has not taken what was sent; null: it has. */
  #behindSinceMs: number | null = null;

  constructor(deps: WatchStreamDeps) {
    // One event at a time: whether the last one was taken is how a reader that is behind is known.
    super({ highWaterMark: 1 });
    this.#deps = deps;
    const signal = AbortSignal.any([deps.signal, this.#gone.signal]);
    void this.#run(signal);
    void this.#beat(signal);
  }

  override _read(): void {
    this.#behindSinceMs = null;
    this.#pulled.resolve(undefined);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gone.abort();
    this.#pulled.resolve(undefined);
    this.#deps.watch.stop();
    done(error);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { watch, first } = this.#deps;
    try {
      await this.#send(`retry: ${RETRY_MS}\n\n${first === null ? '' : eventText(first)}`);
      while (!signal.aborted) {
        const update = await watch.nextChange(signal);
        if (update !== null) await this.#send(eventText(update));
      }
    } catch {
      // The registry cannot be asked: the client is to come back, and is told why if that lasts.
    }
    if (!this.destroyed) this.push(null);
    this.#gone.abort();
    watch.stop();
  }

  /** Says that the stream lives; cuts off whoever has taken nothing for too long. */
  async #beat(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (;;) {
      await clock.sleep(HEARTBEAT_MS, signal);
      if (signal.aborted) return;
      if (this.#behindSinceMs === null) this.push(':\n\n');
      else if (clock.monotonicMs() - this.#behindSinceMs >= STALL_MS) this.destroy();
    }
  }

  /** Resolves once the reader has taken it. */
  async #send(text: string): Promise<void> {
    if (this.destroyed) return;
    this.#pulled = Promise.withResolvers();
    this.#behindSinceMs = this.#deps.clock.monotonicMs();
    this.push(text);
    await this.#pulled.promise;
  }
}

/** What comes next, or null after so long. Nothing is lost in between. */
export async function updateWithin(
  ms: number,
  watch: Watcher,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<WatchUpdate | null> {
  const over = new AbortController();
  const answered = new AbortController();
  void clock.sleep(ms, answered.signal).then(() => over.abort());
  try {
    return await watch.nextChange(AbortSignal.any([signal, over.signal]));
  } finally {
    answered.abort();
  }
}

export function watchData({ revision, isSnapshot, instances, removed }: WatchUpdate) {
  return { revision, snapshot: isSnapshot, instances, removed };
}

function eventText(update: WatchUpdate): string {
  const event = update.isSnapshot ? 'snapshot' : 'change';
  const data = JSON.stringify(watchData(update));
  return `event: ${event}\nid: ${update.revision}\ndata: ${data}\n\n`;
}
