import type { Clock } from '../../shared/kernel/clock.ts';
import { SpareBuffers } from '../../shared/kernel/spare-buffers.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const LOWER_U = 0x75;
const ZERO = 0x30;
/** The longest that a byte becomes: `\u001f`. */
const ESCAPE_LENGTH_MAX = 6;
/** Up to here a loop is done sooner than a call of the native copy. */
const SHORT_LENGTH_MAX = 96;
const ROOM_MIN = 1024;
/** Of larger ones no use would be made soon. */
const SPARE_BYTES_MAX = 8 * 1024 * 1024;
/** What was not needed for so long is not kept for what may come. */
const SPARE_MS = 10_000;
/** Bytes that a character of a string (a unit of UTF-16) becomes at most. */
const UTF8_LENGTH_MAX = 3;

/** Control characters that have a letter. */
const LETTERS = [
  ['\b', 'b'],
  ['\t', 't'],
  ['\n', 'n'],
  ['\f', 'f'],
  ['\r', 'r'],
] as const;
/**
 * What stands for each byte inside a JSON string: itself (0), a backslash and this letter, or, for
 * control characters that have no letter, `\u00xx` (LOWER_U). Just what JSON.stringify writes.
 */
const ESCAPES = escapeTable();

/** All runners take turns on one thread, and few batches are on their way at a time. */
const spare = new SpareBuffers(SPARE_BYTES_MAX);

/** Keeps buffers for JSON text only as long as they are in use again and again, until `signal` aborts. */
export async function freeSpareBuffers(clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(SPARE_MS, signal);
    spare.freeUnused();
  }
}

/** JSON text in UTF-8, written from front to back. */
export class JsonBytes {
  #bytes: Buffer;
  #length = 0;

  /** `expected` is how many bytes it will be about; more is no error. */
  constructor(expected: number) {
    this.#bytes = spare.take(Math.max(Math.ceil(expected), ROOM_MIN));
  }

  get length(): number {
    return this.#length;
  }

  /** Takes back all but the first `length` bytes. */
  cutTo(length: number): void {
    this.#length = length;
  }

  /** Adds text that is JSON already. */
  put(json: Uint8Array): void {
    const bytes = this.#withRoom(json.length);
    const at = this.#length;
    if (json.length > SHORT_LENGTH_MAX) bytes.set(json, at);
    else for (let index = 0; index < json.length; index += 1) bytes[at + index] = json[index] ?? 0;
    this.#length = at + json.length;
  }

  /** The same, as text. */
  putText(json: string): void {
    const bytes = this.#withRoom(json.length * UTF8_LENGTH_MAX);
    this.#length += bytes.write(json, this.#length);
  }

  /** Adds bytes of text, UTF-8, as the inside of a JSON string. */
  putEscaped(text: Uint8Array, start: number, end: number): void {
    const bytes = this.#withRoom((end - start) * ESCAPE_LENGTH_MAX);
    let to = this.#length;
    for (let from = start; from < end; from += 1) {
      const byte = text[from] ?? 0;
      const escape = ESCAPES[byte] ?? 0;
      if (escape === 0) {
        bytes[to] = byte;
        to += 1;
      } else {
        to = putEscape(bytes, to, byte);
      }
    }
    this.#length = to;
  }

  /**
   * The same up to the first byte `stop`, or to `end` where there is none before; returns where
   * that is.
   */
  putEscapedUntil(stop: number, text: Uint8Array, start: number, end: number): number {
    const bytes = this.#withRoom((end - start) * ESCAPE_LENGTH_MAX);
    let to = this.#length;
    let from = start;
    for (; from < end; from += 1) {
      const byte = text[from] ?? 0;
      if (byte === stop) break;
      const escape = ESCAPES[byte] ?? 0;
      if (escape === 0) {
        bytes[to] = byte;
        to += 1;
      } else {
        to = putEscape(bytes, to, byte);
      }
    }
    this.#length = to;
    return from;
  }

  /** What was written is not looked at any more, nor written to. */
  release(): void {
    spare.giveBack(this.#bytes);
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
  }

  /** What was written; nothing may be written after it. */
  result(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The bytes, with room for `more` behind what is written. */
  #withRoom(more: number): Buffer {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const larger = spare.take(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      spare.giveBack(this.#bytes);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Writes what stands for a byte that cannot stand for itself; returns where that ends. */
function putEscape(bytes: Uint8Array, to: number, byte: number): number {
  const escape = ESCAPES[byte] ?? 0;
  bytes[to] = BACKSLASH;
  bytes[to + 1] = escape;
  if (escape !== LOWER_U) return to + 2;
  bytes[to + 2] = ZERO;
  bytes[to + 3] = ZERO;
  bytes[to + 4] = hexDigit(byte >> 4);
  bytes[to + 5] = hexDigit(byte & 0xf);
  return to + ESCAPE_LENGTH_MAX;
}

function hexDigit(value: number): number {
  return value.toString(16).charCodeAt(0);
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}

function escapeTable(): Uint8Array {
  const escapes = new Uint8Array(256).fill(LOWER_U, 0, BLANK);
  for (const byte of [QUOTE, BACKSLASH]) escapes[byte] = byte;
  for (const [character, letter] of LETTERS) escapes[codeOf(character)] = codeOf(letter);
  return escapes;
}
