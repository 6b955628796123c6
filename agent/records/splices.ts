/** Bytes of which some are replaced; where none are, the very buffer that was given. */
export class Splices {
  readonly #bytes: Buffer;
  readonly #pieces: Uint8Array[] = [];
  #from = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Puts `by` where the bytes [start, end) are; to be called from front to back. */
  replace(start: number, end: number, by: Uint8Array): void {
    if (start > this.#from) this.#pieces.push(this.#bytes.subarray(this.#from, start));
    if (by.length > 0) this.#pieces.push(by);
    this.#from = end;
  }

  cut(start: number, end: number): void {
    if (end > start) this.replace(start, end, NOTHING);
  }

  result(): Buffer {
    if (this.#from === 0 && this.#pieces.length === 0) return this.#bytes;
    return Buffer.concat([...this.#pieces, this.#bytes.subarray(this.#from)]);
  }
}

const NOTHING = new Uint8Array(0);
