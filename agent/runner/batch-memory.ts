/** Below this, reading would cost more than the memory that it saves. */
const BATCH_BYTES_MIN = 64 * 1024;
/**
 * A runner holds a batch that is on its way and one that is read ahead, and of each what was made
 * of it, which is about as much again.
 */
const HELD_BATCHES = 4;

/**
 * The memory that all runners of an agent may hold in batches, in equal parts: however many sinks
 * are away, each runner holds only its part, and none has to wait for another's.
 */
export class BatchMemory {
  readonly #bytes: number;
  #runners = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** A runner begins to read; returns what it calls, once, when it has ended. */
  join(): () => void {
    this.#runners += 1;
    return () => {
      this.#runners -= 1;
    };
  }

  /** How large a batch may be now, where a runner would have `wanted`. */
  batchBytes(wanted: number): number {
    const share = Math.floor(this.#bytes / (Math.max(this.#runners, 1) * HELD_BATCHES));
    return Math.min(wanted, Math.max(share, BATCH_BYTES_MIN));
  }
}
