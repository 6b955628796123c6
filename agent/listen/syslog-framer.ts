import { LINE_FEED } from '../framing/framing.ts';
import { utf8Cut } from '../framing/utf8-cut.ts';
import { FramesFramer } from './frames.ts';

const SPACE = 0x20;
const DIGITS_MAX = 10;

/**
 * Syslog over a stream, RFC 6587: each message either has its length before it ("27 <13>1 ..."), and
 * may then hold line breaks, or it is ended by one. Which of both shows at its first byte.
 */
export class SyslogFramer extends FramesFramer {
  readonly #messageBytesMax: number;
  /** Of a message that is cut: what is still to come of it, by length or up to its line break. */
  #skip: number | 'line' = 0;

  constructor(messageBytesMax: number) {
    super();
    this.#messageBytesMax = messageBytesMax;
  }

  protected override take(buffer: Buffer, frames: Buffer[], isEnd: boolean): number {
    let at = 0;
    while (at < buffer.length) {
      const next =
        this.#skip === 0 ? this.#message(buffer, at, frames, isEnd) : this.#skipped(buffer, at);
      if (next === at) break;
      at = next;
    }
    return at;
  }

  #skipped(buffer: Buffer, at: number): number {
    if (this.#skip === 'line') {
      const end = buffer.indexOf(LINE_FEED, at);
      if (end !== -1) this.#skip = 0;
      return end === -1 ? buffer.length : end + 1;
    }
    const bytes = Math.min(this.#skip, buffer.length - at);
    this.#skip -= bytes;
    return at + bytes;
  }

  /** Where the next one begins; `at` itself: it is not whole yet. */
  #message(buffer: Buffer, at: number, frames: Buffer[], isEnd: boolean): number {
    const counted = countedAt(buffer, at);
    if (counted === 'open' && !isEnd) return at;
    if (counted === 'open' || counted === null) return this.#line(buffer, at, frames, isEnd);
    const { start, length } = counted;
    const kept = Math.min(length, this.#messageBytesMax);
    const isThere = buffer.length - start >= kept + Number(length > kept);
    if (!isThere && !isEnd) return at;
    const end = Math.min(start + kept, buffer.length);
    const isCut = length > kept && end < buffer.length;
    const cut = isCut ? utf8Cut(buffer, start, end) : end;
    frames.push(buffer.subarray(start, cut));
    if (isCut) {
      this.cut();
      this.#skip = length - (cut - start);
    }
    return cut;
  }

  #line(buffer: Buffer, at: number, frames: Buffer[], isEnd: boolean): number {
    const found = buffer.indexOf(LINE_FEED, at);
    const end = found === -1 ? buffer.length : found;
    if (end - at > this.#messageBytesMax) {
      frames.push(buffer.subarray(at, utf8Cut(buffer, at, at + this.#messageBytesMax)));
      this.cut();
      this.#skip = 'line';
      return at + this.#messageBytesMax;
    }
    if (found === -1 && !isEnd) return at;
    frames.push(buffer.subarray(at, end));
    return Math.min(end + 1, buffer.length);
  }
}

/** The length before a message; null: it has none; 'open': that does not show yet. */
function countedAt(buffer: Buffer, at: number) {
  let length = 0;
  for (let place = at; place < at + DIGITS_MAX; place += 1) {
    const byte = buffer[place];
    if (byte === undefined) return 'open';
    if (byte === SPACE && length > 0) return { start: place + 1, length };
    const digit = byte - 0x30;
    if (digit < 0 || digit > 9 || (digit === 0 && place === at)) return null;
    length = length * 10 + digit;
  }
  return null;
}
