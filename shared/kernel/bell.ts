import type { Clock } from './clock.ts';

/** Wakes whoever waits for something to have changed; whoever comes later waits for the next time. */
export class Bell {
  #next = Promise.withResolvers<undefined>();

  ring(): void {
    const rung = this.#next;
    this.#next = Promise.withResolvers();
    rung.resolve(undefined);
  }

  /** As `heard`, or after `ms`. */
  async heardWithin(ms: number, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([this.heard(either), clock.sleep(ms, either)]);
    over.abort();
  }

  /** Resolves at the next ring, or when `signal` aborts. */
  async heard(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const aborted = Promise.withResolvers<undefined>();
    const abort = () => aborted.resolve(undefined);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#next.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
