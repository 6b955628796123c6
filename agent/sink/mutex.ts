import { AppError } from '../../shared/kernel/errors.ts';

/** One holder at a time; those who wait get it in the order they came. */
export class Mutex {
  readonly #waiting = new Set<() => void>();
  #held = false;

  get isHeld(): boolean {
    return this.#held;
  }

  /**
   * Resolves to what gives it back; calling that twice does no harm.
   *
   * @throws AppError `unavailable` when `signal` aborts first.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw aborted();
    if (this.#held) await this.#turn(signal);
    this.#held = true;

    let isMine = true;
    return () => {
      if (!isMine) return;
      isMine = false;
      this.#handOver();
    };
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const turn = Promise.withResolvers<undefined>();
    const wake = () => turn.resolve(undefined);
    const leave = () => {
      if (this.#waiting.delete(wake)) turn.reject(aborted());
    };
    this.#waiting.add(wake);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  /** It stays held on the way to the next one, so that nobody slips in between. */
  #handOver(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#held = false;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

function aborted(): AppError {
  return new AppError('unavailable', 'aborted');
}
