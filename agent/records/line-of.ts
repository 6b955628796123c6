/** Notes which line each record is of; nothing is kept while the i-th one is of the i-th line. */
export class LineOf {
  #lines: number[] | null = null;
  #count = 0;

  /** The next record is of this line. */
  add(line: number): void {
    if (this.#lines === null && line !== this.#count) {
      this.#lines = Array.from({ length: this.#count }, (_, index) => index);
    }
    this.#lines?.push(line);
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** As `Parsed.lineOf`. */
  get lines(): readonly number[] | null {
    return this.#lines;
  }
}
