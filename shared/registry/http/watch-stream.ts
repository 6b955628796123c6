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

  constructor(deps: WatchStreamDeps) {
    // One event at a time: whether the last one was taken is how a reader that is behind is known.
    super({ highWaterMark: 1 });
    this.#deps = deps;
    void this.#run();
  }

  override _read(): void {
    this.#pulled.resolve(undefined);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#gone.abort();
    this.#deps.watch.stop();
    done(error);
  }

  async #run(): Promise<void> {
    const { watch, first, clock } = this.#deps;
    const signal = AbortSignal.any([this.#deps.signal, this.#gone.signal]);
    try {
      await this.#send(`retry: ${RETRY_MS}\n\n${first === null ? '' : eventText(first)}`);
      while (!signal.aborted) {
        const update = await updateWithin(HEARTBEAT_MS, watch, { clock, signal });
        await this.#send(update === null ? ':\n\n' : eventText(update));
      }
    } catch {
      // The registry cannot be asked: the client is to come back, and is told why if that lasts.
    }
    if (!this.destroyed) this.push(null);
    watch.stop();
  }

  async #send(text: string): Promise<void> {
    this.#pulled = Promise.withResolvers();
    if (this.destroyed || this.push(text)) return;
    const heard = new AbortController();
    const late = this.#deps.clock
      .sleep(STALL_MS, AbortSignal.any([heard.signal, this.#gone.signal]))
      .then(() => 'late' as const);
    const outcome = await Promise.race([this.#pulled.promise, late]);
    heard.abort();
    if (outcome === 'late') this.destroy();
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
