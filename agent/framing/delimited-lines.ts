import { crc32 } from 'node:zlib';
import { type FrameLimits, type Framing, LINE_FEED, NO_COUNTS, type Split } from './framing.ts';
import { utf8Cut } from './utf8-cut.ts';

/** A line in a buffer, without what ends it. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly isCut: boolean;
}

interface Pieces {
  readonly pieces: readonly Piece[];
  readonly consumed: number;
  readonly inLine: boolean;
}

/**
 * Lines that end in something else than a line feed. Line feeds are in them as they came; each is
 * handed out with one at its end, in place of the delimiter.
 */
export class DelimitedLines implements Framing {
  readonly isJoining = false;
  readonly #delimiter: Buffer;

  constructor(delimiter: Buffer) {
    this.#delimiter = delimiter;
  }

  take(buffer: Buffer, limits: FrameLimits): Split {
    const { pieces, consumed, inLine } = this.#pieces(buffer, limits);
    const bytes = Buffer.concat(
      pieces.flatMap(({ start, end }) => [buffer.subarray(start, end), BREAK]),
    );
    let to = 0;
    return {
      ...{ bytes, lines: pieces.length, consumed, inLine },
      crc: crc32(buffer.subarray(0, consumed)),
      ends: Uint32Array.from(pieces, ({ start, end }) => (to += end - start + BREAK.length)),
      offsets: Float64Array.from(pieces, ({ start }) => start),
      counts: { ...NO_COUNTS, cutLines: pieces.filter(({ isCut }) => isCut).length },
    };
  }

  windowBytes(lineBytes: number): number {
    return lineBytes + this.#delimiter.length;
  }

  lastLineStart(buffer: Buffer): number {
    const at = buffer.lastIndexOf(this.#delimiter);
    return at === -1 ? -1 : at + this.#delimiter.length;
  }

  #pieces(buffer: Buffer, limits: FrameLimits): Pieces {
    const pieces: Piece[] = [];
    const linesMax = limits.lines === 0 ? Number.POSITIVE_INFINITY : limits.lines;
    let from = 0;
    if (limits.inLine) {
      const at = buffer.indexOf(this.#delimiter);
      if (at === -1) return { pieces, consumed: this.#wholeEnd(buffer, limits), inLine: true };
      from = at + this.#delimiter.length;
    }
    while (pieces.length < linesMax) {
      const at = buffer.indexOf(this.#delimiter, from);
      if (at === -1) return this.#withRest(buffer, from, pieces, limits);
      pieces.push(pieceOf(buffer, from, at, limits.lineBytes));
      from = at + this.#delimiter.length;
    }
    return { pieces, consumed: from, inLine: false };
  }

  /** What is behind the last delimiter: too long, or the end, or still to come. */
  #withRest(buffer: Buffer, from: number, pieces: readonly Piece[], limits: FrameLimits): Pieces {
    const end = this.#wholeEnd(buffer, limits);
    const isOverlong = end - from > limits.lineBytes;
    if (!isOverlong && (limits.end !== 'final' || end === from)) {
      return { pieces, consumed: from, inLine: false };
    }
    const rest = pieceOf(buffer, from, end, limits.lineBytes);
    return { pieces: [...pieces, rest], consumed: end, inLine: isOverlong };
  }

  /** Before what may be the beginning of a delimiter. */
  #wholeEnd(buffer: Buffer, { end }: FrameLimits): number {
    if (end === 'final') return buffer.length;
    return Math.max(0, buffer.length - this.#delimiter.length + 1);
  }
}

const BREAK = Buffer.of(LINE_FEED);

function pieceOf(buffer: Buffer, start: number, end: number, lineBytes: number): Piece {
  if (end - start <= lineBytes) return { start, end, isCut: false };
  return { start, end: utf8Cut(buffer, start, start + lineBytes), isCut: true };
}
