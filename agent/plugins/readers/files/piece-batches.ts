import { crc32Combine } from '../../../../shared/kernel/crc32.ts';
import { AppError } from '../../../../shared/kernel/errors.ts';
import type { Encoding } from '../../../framing/encodings.ts';
import type { FrameCounts } from '../../../framing/framing.ts';
import {
  firstLineOf,
  LINE_BYTES_MAX,
  type LineRead,
  type LineTools,
  readFirstLine,
  readLines,
  readRest,
} from '../../../tail/line-read.ts';
import { NO_LINES } from '../../../tail/progress.ts';
import { readSealed, SEALED_BYTES_MAX } from '../../../tail/sealed-read.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../../plugin.ts';
import type { FilePiece } from './file-piece.ts';
import { PieceContent, type Reach } from './piece-content.ts';

/** So much of a line that was cut is passed over, and then a batch says so. */
const SKIPPED_BYTES_MAX = 16 * 1024 * 1024;
/** Not what lines were like before: batches are to be the same whoever reads them. */
const BYTES_A_LINE = 256;

/** Where the reading of a piece goes on. */
export interface PiecePosition {
  readonly offset: number;
  /** `offset` is inside a line that was too long: its rest is not a line of its own. */
  readonly inLine: boolean;
}

/** A batch but for what tells its source from others. */
export interface PieceBatch extends Omit<SourceBatch, 'source' | 'origin' | 'position' | 'range'> {
  readonly range: Omit<SourceBatch['range'], 'generation'>;
  readonly position: PiecePosition;
  /** Nothing follows. */
  readonly isLast: boolean;
}

export interface PieceReading {
  readonly tools: LineTools;
  readonly encoding: Encoding | null;
  readonly skipsFirstLine: boolean;
  readonly limits: BatchLimits;
  /** Of what was on its way when the reading ended. */
  readonly sealed: Pick<SealedRange, 'start' | 'end'> | null;
  readonly signal: AbortSignal;
  readonly onCounts: (counts: FrameCounts) => void;
  /** Told how much there is still to read, as far as known. */
  readonly onLeft: (bytes: number) => void;
}

/**
 * Reads the lines of a piece to its end, from `position` on (null: its beginning). The last batch
 * says that it is; it may hold no line.
 *
 * @throws AppError where the file is not what was planned, or cannot be read.
 */
export async function* pieceBatches(
  piece: FilePiece,
  position: PiecePosition | null,
  reading: PieceReading,
): AsyncGenerator<PieceBatch, undefined> {
  const content = await PieceContent.open(piece, reading.encoding, reading.signal);
  try {
    yield* new Reading(content, position, reading).batches();
  } finally {
    await content.close();
  }
}

class Reading {
  readonly #content: PieceContent;
  readonly #reading: PieceReading;
  #position: PiecePosition;
  /** Of what was read since the last batch. */
  #pending: { readonly start: number; readonly crc: number };
  #sealed: PieceReading['sealed'];
  #firstLine: Buffer | null = null;

  constructor(content: PieceContent, position: PiecePosition | null, reading: PieceReading) {
    const { start } = content;
    this.#content = content;
    this.#reading = reading;
    this.#position = position ?? { offset: start, inLine: start === 0 && reading.skipsFirstLine };
    this.#pending = { start: this.#position.offset, crc: 0 };
    this.#sealed = reading.sealed;
  }

  async *batches(): AsyncGenerator<PieceBatch, undefined> {
    const { signal, tools, onLeft } = this.#reading;
    if (this.#position.offset > 0) {
      this.#firstLine = await readFirstLine(this.#content.file, tools.framing);
    }
    for (let isOver = false; !isOver && !signal.aborted; ) {
      const reach = await this.#reach();
      const read = await this.#readLines(reach);
      onLeft(reach.end - this.#position.offset);
      isOver = reach.isEnd && this.#position.offset >= reach.end;
      if (read !== null || isOver || this.#hasSkippedMuch) yield this.#batch(read, isOver);
    }
  }

  get #hasSkippedMuch(): boolean {
    return this.#position.offset - this.#pending.start >= SKIPPED_BYTES_MAX;
  }

  /** Moves on by what it reads; null: there was no line in it. */
  async #readLines(reach: Reach): Promise<LineRead | null> {
    if (reach.end <= this.#position.offset) return null;
    const read = await this.#read(reach);
    this.#advance(read);
    if (read.lines > 0) return read;
    this.#reading.tools.buffers.giveBack(read.buffer);
    return null;
  }

  #reach(): Promise<Reach> {
    const { limits, tools, signal } = this.#reading;
    const window = tools.framing.windowBytes(limits.lineBytes || LINE_BYTES_MAX);
    const sealed = this.#sealed === null ? 0 : this.#sealed.end - this.#sealed.start;
    const wanted = Math.max(limits.bytes, window, Math.min(sealed, SEALED_BYTES_MAX));
    return this.#content.reach(this.#position.offset, wanted, signal);
  }

  async #read(reach: Reach): Promise<LineRead> {
    const read = (await this.#readSealed(reach)) ?? (await this.#readNext(reach));
    // Unchanged behind the lines that were read, it vouches for them.
    await this.#content.requireAsPlanned();
    if (!read.isShort) return read;
    throw new AppError('conflict', 'the file ends before the lines that were planned');
  }

  async #readSealed({ end }: Reach): Promise<LineRead | null> {
    const sealed = this.#sealed;
    this.#sealed = null;
    const { offset, inLine } = this.#position;
    if (sealed === null || sealed.start !== offset || sealed.end > end) return null;
    const length = sealed.end - offset;
    if (length <= 0 || length > SEALED_BYTES_MAX) return null;
    const { limits, tools } = this.#reading;
    const range = { generation: 0, start: offset, end: sealed.end, inLine };
    return readSealed(this.#content.file, range, limits, tools);
  }

  /** What waits for more at the end of the piece is complete there. */
  async #readNext({ end }: Reach): Promise<LineRead> {
    const { limits, tools } = this.#reading;
    const { file } = this.#content;
    const unread = {
      ...{ ...this.#position, batchStart: this.#pending.start },
      ...{ available: end - this.#position.offset, bytesPerLine: BYTES_A_LINE },
    };
    const read = await readLines(file, unread, limits, tools);
    if (read.consumed > 0 || read.isShort) return read;
    tools.buffers.giveBack(read.buffer);
    return readRest(file, unread, { lineBytes: limits.lineBytes, end: 'final' }, tools);
  }

  #advance({ consumed, crc, inLine, counts }: LineRead): void {
    const { start, crc: before } = this.#pending;
    this.#position = { offset: this.#position.offset + consumed, inLine };
    this.#pending = { start, crc: crc32Combine(before, crc, consumed) };
    this.#reading.onCounts(counts);
  }

  #batch(read: LineRead | null, isLast: boolean): PieceBatch {
    const { bytes, lines, ends, offsets, isFilled = false } = read ?? NO_LINES;
    const position = this.#position;
    const range = { ...this.#pending, end: position.offset };
    this.#pending = { start: position.offset, crc: 0 };
    const firstLine = this.#firstLine;
    this.#firstLine ??= firstLineOf(bytes);
    const { buffers } = this.#reading.tools;
    return {
      ...{ bytes, lines, range, ends, offsets, isFilled, firstLine, position, isLast },
      ...(read !== null && { release: () => buffers.giveBack(read.buffer) }),
    };
  }
}
