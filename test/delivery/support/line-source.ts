import { numberedLines } from './numbered-lines.ts';

/** No line is longer on average. */
const LINE_BYTES_MEAN = 54;

/** Hands out the lines of one source, one after another, and remembers how many there were. */
export class LineSource {
  readonly name: string;
  #count = 0;

  constructor(name: string) {
    this.name = name;
  }

  get count(): number {
    return this.#count;
  }

  take(count: number): string {
    const text = numberedLines(this.name, this.#count, this.#count + count);
    this.#count += count;
    return text;
  }

  /** Lines that are longer together than so many bytes. */
  takeBytes(bytes: number): string {
    let text = this.take(Math.ceil(bytes / LINE_BYTES_MEAN));
    while (text.length <= bytes) text += this.take(1);
    return text;
  }
}
