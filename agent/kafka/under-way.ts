import { Bell } from '../../shared/kernel/bell.ts';

/** Batches that are handed out and not settled. */
export class UnderWay {
  readonly #settled = new Bell();
  readonly #never = new AbortController().signal;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** One more; gives what is to be called when it is settled. */
  begin(): () => void {
    this.#count += 1;
    return () => {
      this.#count -= 1;
      if (this.#count === 0) this.#settled.ring();
    };
  }

  /** Resolves when all are settled. */
  async ended(): Promise<void> {
    while (this.#count > 0) await this.#settled.heard(this.#never);
  }
}
