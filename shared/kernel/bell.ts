import type { Clock } from './clock.ts';

/**
 * Wakes whoever waits for something to have changed; whoever comes later waits for the next time.
 * Who has ended to wait leaves nothing behind, however long it does not ring.
 */
export class Bell {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const wake of [...this.#waiting]) wake();
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
