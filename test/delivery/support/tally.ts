const RANGES_SHOWN_MAX = 5;

/** What became of the lines of one source. */
export interface Counts {
  readonly lost: number;
  readonly doubled: number;
  /** Lines that came, for the first time, after one of a higher number. */
  readonly out_of_order: number;
}

/** Ticks off the lines 0 to `expected`; its memory is one bit a line. */
export class Tally {
  readonly #expected: number;
  readonly #seen: Uint8Array;
  #distinct = 0;
  #doubled = 0;
  #outOfOrder = 0;
  #highest = -1;

  constructor(expected: number) {
    this.#expected = expected;
    this.#seen = new Uint8Array(Math.ceil(expected / 8));
  }

  /** False for a number that nobody wrote. */
  add(number: number): boolean {
    if (number >= this.#expected) return false;
    if (this.#has(number)) {
      this.#doubled += 1;
      return true;
    }
    this.#seen[number >> 3] = (this.#seen[number >> 3] ?? 0) | (1 << (number & 7));
    this.#distinct += 1;
    if (number < this.#highest) this.#outOfOrder += 1;
    else this.#highest = number;
    return true;
  }

  get counts(): Counts {
    const lost = this.#expected - this.#distinct;
    return { lost, doubled: this.#doubled, out_of_order: this.#outOfOrder };
  }

  /** The first ranges that are lost, as a person reads them. */
  get lostRanges(): readonly string[] {
    const ranges: string[] = [];
    for (let number = 0; number < this.#expected; number += 1) {
      if (this.#has(number)) continue;
      if (ranges.length === RANGES_SHOWN_MAX) return [...ranges, '...'];
      const first = number;
      while (number + 1 < this.#expected && !this.#has(number + 1)) number += 1;
      ranges.push(first === number ? `${first}` : `${first} to ${number}`);
    }
    return ranges;
  }

  #has(number: number): boolean {
    return ((this.#seen[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
  }
}
