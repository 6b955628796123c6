/** Of more, or larger ones, no use would be made soon. */
const KEPT_MAX = 3;
const KEPT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Large buffers that were used and may be used again: each new one would cost the system a fresh
 * page for every 4 KiB, and the garbage collector a run for every few.
 */
export class SpareBuffers {
  readonly #kept: Buffer[] = [];

  /** A buffer of at least so many bytes; its content is whatever was there. */
  take(bytes: number): Buffer {
    const index = this.#kept.findIndex((buffer) => buffer.length >= bytes);
    const [spare] = index === -1 ? [] : this.#kept.splice(index, 1);
    return spare ?? Buffer.allocUnsafeSlow(bytes);
  }

  /** Only what nobody looks at any more, and only once. */
  giveBack(buffer: Buffer): void {
    if (buffer.length > KEPT_BYTES_MAX) return;
    if (this.#kept.length === KEPT_MAX) this.#kept.shift();
    this.#kept.push(buffer);
  }
}
