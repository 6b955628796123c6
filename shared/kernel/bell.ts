import type { Clock } from './clock.ts';

/**
 * Wakes whoever waits for something to have changed; whoever comes later waits for the next time.
 * Who has ended to wait leaves nothing behind, however long it does not ring.
 */
export class Bell {
  /** Of those who wait for as long as it takes; null: nobody does. */
  #next: PromiseWithResolvers<undefined> | null = null;
  readonly #waiting = new Set<() => void>();

  ring(): void {
    this.#next?.resolve(undefined);
    this.#next = null;
    if (this.#waiting.size > 0) for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves at the next ring, and not before. */
  rung(): Promise<undefined> {
    this.#next ??= Promise.withResolvers();
    return this.#next.promise;
  }

  /** As `heard`, or after `ms`. */
  async heardWithin(ms: number, clock: Pick<Clock, 'sleep'>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const over = new AbortController();
    const end = () => over.abort();
    signal.addEventListener('abort', end, { once: true });
    await Promise.race([this.heard(over.signal), clock.sleep(ms, over.signal)]);
    signal.removeEventListener('abort', end);
    end();
  }

  /** Resolves at the next ring, or when `signal` aborts. */
  heard(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }
}
