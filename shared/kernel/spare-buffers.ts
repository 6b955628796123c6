/** Of more no use would be made soon. */
const KEPT_MAX = 3;
/** One that is so many times larger than asked for is left to those who need it. */
const WASTE_MAX = 16;

/**
 * Large buffers that were used and may be used again: each new one would cost the system a fresh
 * page for every 4 KiB, and the garbage collector a run for every few.
 */
export class SpareBuffers {
  readonly #bytesMax: number;
  #kept: readonly Buffer[] = [];
  /** Of the kept, those that nobody has needed since `freeUnused` was called last. */
  #unused = new Set<Buffer>();

  /** Buffers of more than `bytesMax` are not kept. */
  constructor(bytesMax = Number.POSITIVE_INFINITY) {
    this.#bytesMax = bytesMax;
  }

  /** A buffer of at least so many bytes; its content is whatever was there. */
  take(bytes: number): Buffer {
    const fitting = this.#kept.filter(
      ({ length }) => length >= bytes && length <= bytes * WASTE_MAX,
    );
    const best = fitting.length === 0 ? null : fitting.reduce(smaller);
    if (best === null) return Buffer.allocUnsafeSlow(bytes);
    this.#kept = this.#kept.filter((buffer) => buffer !== best);
    this.#unused.delete(best);
    return best;
  }

  /** Only what nobody looks at any more, and only once. */
  giveBack(buffer: Buffer): void {
    if (buffer.length > this.#bytesMax) return;
    const all = [...this.#kept, buffer];
    if (all.length <= KEPT_MAX) {
      this.#kept = all;
      return;
    }
    const least = all.reduce(smaller);
    this.#kept = all.filter((kept) => kept !== least);
    this.#unused.delete(least);
  }

  /** Lets go of those that lay there when this was called last and were not needed since. */
  freeUnused(): void {
    this.#kept = this.#kept.filter((buffer) => !this.#unused.has(buffer));
    this.#unused = new Set(this.#kept);
  }

  /** Lets go of all. */
  clear(): void {
    this.#kept = [];
    this.#unused.clear();
  }
}

function smaller(a: Buffer, b: Buffer): Buffer {
  return b.length < a.length ? b : a;
}
