import { isIPv4 } from 'node:net';

const HEAD_BYTES = 4;
const ADDRESS_BYTES = 4;
const OFFSET_BYTES = 3;

interface Layout {
  /** Of a table by the first part of an address, which the search does without. */
  readonly tableBytes: number;
  /** Of the length of a text. */
  readonly lengthBytes: 1 | 2;
}

const LAYOUTS: Readonly<Record<'dat' | 'datx', Layout>> = {
  dat: { tableBytes: 256 * 4, lengthBytes: 1 },
  datx: { tableBytes: 65_536 * 4, lengthBytes: 2 },
};

/**
 * A database of IPv4 addresses by ipip.net, formerly 17mon: where the texts begin, a table, ranges
 * of addresses in rising order, each by its last one with the place of its text, and the texts.
 */
export class IpipDatabase {
  readonly #bytes: Buffer;
  readonly #lengthBytes: number;
  readonly #entriesAt: number;
  readonly #entryBytes: number;
  readonly #entries: number;
  readonly #textsAt: number;

  /** @throws Error with what is wrong with it. */
  constructor(bytes: Buffer, format: keyof typeof LAYOUTS) {
    const { tableBytes, lengthBytes } = LAYOUTS[format];
    this.#bytes = bytes;
    this.#lengthBytes = lengthBytes;
    this.#entriesAt = HEAD_BYTES + tableBytes;
    this.#entryBytes = ADDRESS_BYTES + OFFSET_BYTES + lengthBytes;
    if (bytes.length < this.#entriesAt) throw new Error(`it is too short for a ${format} file`);
    // Counted from the table's end, as if there were another table behind the ranges.
    this.#textsAt = bytes.readUInt32BE(0) - tableBytes;
    this.#entries = Math.floor((this.#textsAt - this.#entriesAt) / this.#entryBytes);
    if (this.#entries < 1 || this.#textsAt > bytes.length || !this.#isInOrder()) {
      throw new Error(`it is no ${format} file, or a damaged one`);
    }
  }

  /** What its text says of an address, part by part; none: it is not known. */
  get(address: string): readonly string[] {
    if (!isIPv4(address)) return [];
    const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    let low = 0;
    for (let high = this.#entries; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#lastOf(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low === this.#entries ? [] : this.#textOf(low).split('\t');
  }

  #lastOf(entry: number): number {
    return this.#bytes.readUInt32BE(this.#entriesAt + entry * this.#entryBytes);
  }

  #textOf(entry: number): string {
    const at = this.#entriesAt + entry * this.#entryBytes + ADDRESS_BYTES;
    const start = this.#textsAt + this.#bytes.readUIntLE(at, OFFSET_BYTES);
    const length = this.#bytes.readUIntBE(at + OFFSET_BYTES, this.#lengthBytes);
    return this.#bytes.toString('utf8', start, start + length);
  }

  #isInOrder(): boolean {
    for (let entry = 1; entry < this.#entries; entry += 1) {
      if (this.#lastOf(entry) < this.#lastOf(entry - 1)) return false;
    }
    return true;
  }
}
