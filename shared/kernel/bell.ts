import type { Clock } from './clock.ts';

/** Wakes whoever waits for something to have changed; whoever comes later waits for the next time. */
export class Bell {
  /** Null: nobody waits. */
  #next: PromiseWithResolvers<undefined> | null = null;

  ring(): void {
    this.#next?.resolve(undefined);
    this.#next = null;
  }

  /** Resolves at the next ring. */
  rung(): Promise<undefined> {
    this.#next ??= Promise.withResolvers();
    return this.#next.promise;
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
      await Promise.race([this.rung(), aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }
}
