import { setImmediate as settled } from 'node:timers/promises';
import { Heap } from '../../shared/kernel/heap.ts';

interface Entry {
  readonly ms: number;
  readonly nth: number;
  readonly act: () => void;
}

/** Time that passes only when nobody has anything left to do before the next moment. */
export class Timeline {
  #nowMs = 0;
  #count = 0;
  readonly #entries = new Heap<Entry>((a, b) => (a.ms !== b.ms ? a.ms < b.ms : a.nth < b.nth));

  get nowMs(): number {
    return this.#nowMs;
  }

  /** `act` is called at that moment, after whatever was to be done at it already. */
  at(ms: number, act: () => void): void {
    this.#count += 1;
    this.#entries.push({ ms: Math.max(ms, this.#nowMs), nth: this.#count, act });
  }

  /** Lets time pass until `isOver`, or until so late; false: it is not over by then. */
  async run(isOver: () => Promise<boolean>, untilMs: number): Promise<boolean> {
    for (;;) {
      await settled();
      if (await isOver()) return true;
      const next = this.#entries.first;
      if (next === undefined || next.ms > untilMs) return false;
      this.#entries.pop();
      this.#nowMs = next.ms;
      next.act();
    }
  }
}
