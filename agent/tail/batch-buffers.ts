/** Buffers kept for the next batch: one is read into while another is on its way to the senders. */
const KEPT_MAX = 3;

/**
 * Lends buffers for batches and takes them back, so that a busy reader works in the same few
 * megabytes instead of leaving each batch to the garbage collector.
 */
export class BatchBuffers {
  readonly #kept: Buffer[] = [];

  /** A buffer of at least so many bytes; its content is whatever was there. */
  take(bytes: number): Buffer {
    const index = this.#kept.findIndex((buffer) => buffer.length >= bytes);
    if (index === -1) return Buffer.allocUnsafeSlow(bytes);
    const [buffer] = this.#kept.splice(index, 1);
    return buffer ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** Only what `take` lent, and only once: nobody may look at it any more. */
  giveBack(buffer: Buffer): void {
    if (this.#kept.length < KEPT_MAX) this.#kept.push(buffer);
  }

  /** Nothing is to be read for a while: many idle readers must not keep megabytes each. */
  clear(): void {
    this.#kept.length = 0;
  }
}
