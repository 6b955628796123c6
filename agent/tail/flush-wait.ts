/** When lines that wait for others are taken for complete: the file had no news for a while. */
export class FlushWait {
  #size = -1;
  #dueMs = Number.POSITIVE_INFINITY;

  /** The moment, by the monotonic clock; infinity where nothing waits. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** All that a file of this size holds is waiting; for the first time now, or still. */
  begin(size: number, dueMs: number): void {
    if (this.#size === size) return;
    this.#size = size;
    this.#dueMs = dueMs;
  }

  isOver(size: number, nowMs: number): boolean {
    return this.#size === size && nowMs >= this.#dueMs;
  }

  /** It was flushed: what is left, at this size, is half a line and waits on. */
  end(size: number): void {
    this.#size = size;
    this.#dueMs = Number.POSITIVE_INFINITY;
  }
}
