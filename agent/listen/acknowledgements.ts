import type { Clock } from '../../shared/kernel/clock.ts';

/** How the waiting for a batch to be durable ended. */
export type Acknowledged = 'settled' | 'late' | 'ended' | 'gone';

interface Waiting {
  readonly resolve: (how: Acknowledged) => void;
  isHandedOut: boolean;
}

/**
 * Who waits until what they sent is durable. When the reader ends, those whose lines were not
 * handed out are told at once; the batch that is on its way gets a moment to be committed.
 */
export class Acknowledgements {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #onSettled: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `handOut` and `settled` are called when that happens to the lines; `signal`: nobody waits any more. */
  expect(timeoutMs: number, signal: AbortSignal) {
    const outcome = Promise.withResolvers<Acknowledged>();
    const over = new AbortController();
    const gone = () => waiting.resolve('gone');
    const waiting: Waiting = {
      resolve: (how) => {
        if (!this.#waiting.delete(waiting)) return;
        over.abort();
        signal.removeEventListener('abort', gone);
        outcome.resolve(how);
      },
      isHandedOut: false,
    };
    this.#waiting.add(waiting);
    signal.addEventListener('abort', gone, { once: true });
    void this.#clock.sleep(timeoutMs, over.signal).then(() => waiting.resolve('late'));
    return {
      outcome: outcome.promise,
      handOut: () => (waiting.isHandedOut = true),
      settled: () => {
        waiting.resolve('settled');
        this.#onSettled();
      },
    };
  }

  /** Resolves when nobody waits any more. */
  async end(graceMs: number): Promise<void> {
    for (const waiting of this.#waiting) if (!waiting.isHandedOut) waiting.resolve('ended');
    if (this.#waiting.size > 0) {
      const settled = new AbortController();
      // One batch is on its way at most; what was handed out behind it is read by nobody.
      this.#onSettled = () => settled.abort();
      await this.#clock.sleep(graceMs, settled.signal);
    }
    for (const waiting of this.#waiting) waiting.resolve('ended');
  }
}
