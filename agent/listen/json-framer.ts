import { FramesFramer } from './frames.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const OPENING: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const CLOSING: ReadonlySet<number> = new Set([0x7d, 0x5d]);

/**
 * JSON objects and arrays, one after another, with or without anything between them. Line breaks
 * between the tokens of one become spaces, so that it is a line. What is no JSON is left out up to
 * the next brace or bracket, and counted.
 */
export class JsonFramer extends FramesFramer {
  readonly #valueBytesMax: number;
  /** How far the bytes that are not dealt with were looked at. */
  #seen = 0;
  #depth = 0;
  #isInText = false;
  #isEscaped = false;
  #isSkipping = false;
  #isForeign = false;

  constructor(valueBytesMax: number) {
    super();
    this.#valueBytesMax = valueBytesMax;
  }

  protected override take(buffer: Buffer, frames: Buffer[]): number {
    let start = 0;
    for (let at = this.#seen; at < buffer.length; at += 1) {
      const byte = buffer[at] ?? 0;
      if (this.#depth === 0 && !OPENING.has(byte)) {
        this.#noteForeign(byte);
        start = at + 1;
        continue;
      }
      if (!this.#isLast(byte)) continue;
      if (!this.#isSkipping) frames.push(oneLine(buffer.subarray(start, at + 1)));
      this.#isSkipping = false;
      this.#isForeign = false;
      start = at + 1;
    }
    return this.#rested(buffer, start);
  }

  /** A value that is too long is left out; how it goes on must still be followed. */
  #rested(buffer: Buffer, start: number): number {
    const isTooLong = buffer.length - start > this.#valueBytesMax;
    if (isTooLong && !this.#isSkipping) this.cut();
    if (isTooLong) this.#isSkipping = true;
    const consumed = this.#isSkipping ? buffer.length : start;
    this.#seen = buffer.length - consumed;
    return consumed;
  }

  #noteForeign(byte: number): void {
    if (byte <= SPACE || this.#isForeign) return;
    this.#isForeign = true;
    this.foreign();
  }

  /** Whether a value ends with this byte. */
  #isLast(byte: number): boolean {
    if (this.#isInText) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInText = false;
      return false;
    }
    if (byte === QUOTE) this.#isInText = true;
    else if (OPENING.has(byte)) this.#depth += 1;
    else if (CLOSING.has(byte)) this.#depth -= 1;
    return this.#depth === 0;
  }
}

/** In a text of JSON a line break is written as an escape: one that is there is between tokens. */
function oneLine(value: Buffer): Buffer {
  if (!value.includes('\n') && !value.includes('\r')) return value;
  return Buffer.from(value.toString('latin1').replace(/[\r\n]/g, ' '), 'latin1');
}
