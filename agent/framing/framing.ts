/** How the bytes of a source become the lines of a batch. */
export interface Framing {
  /**
   * Takes the whole lines at the beginning of `buffer`, which begins where the one before was
   * consumed. What it takes depends on those bytes and the limits alone, so that the same range
   * read again is the same lines again. It may change the buffer.
   */
  take(buffer: Buffer, limits: FrameLimits): Split;
  /**
   * With so many bytes in the buffer at least one line can be taken, however long it is: whoever
   * reads fewer must try again with more when nothing was consumed.
   */
  windowBytes(lineBytes: number): number;
  /** Where the last line begins in a buffer of a source, or -1; it may not be finished yet. */
  lastLineStart(buffer: Buffer): number;
  /** Whether a whole line may wait for others that belong to it. */
  readonly isJoining: boolean;
}

export interface FrameLimits {
  /** Lines at most; 0 means no limit. Lines that cannot be told apart come together. */
  readonly lines: number;
  /** A longer line is cut to this many bytes, its line break not counted. */
  readonly lineBytes: number;
  /** The buffer begins inside a line whose cut beginning was handed out before. */
  readonly inLine: boolean;
  /** The buffer begins where its source begins. */
  readonly atStart: boolean;
  /**
   * What follows the buffer. `open`: more may come. `quiet`: what is there was not continued for
   * a while, so lines that wait for others are complete. `final`: nothing more will come, or the
   * range ends here, so an unfinished line is complete as well.
   */
  readonly end: 'open' | 'quiet' | 'final';
  /** `offsets` are wanted also where they are as far apart as the lines are in `bytes`. */
  readonly withOffsets: boolean;
}

export interface Split {
  /** `lines` whole lines in UTF-8, each with its line break. May be a part of the given buffer. */
  readonly bytes: Buffer;
  readonly lines: number;
  /** How many bytes of the buffer are dealt with; the rest belongs to lines still to come. */
  readonly consumed: number;
  /** crc32 of the bytes that are dealt with, as they were in the buffer. */
  readonly crc: number;
  /** What follows the consumed bytes still belongs to a line that was cut. */
  readonly inLine: boolean;
  /** Where each line ends in `bytes`; null: at its line feed, the only one it has. */
  readonly ends: Uint32Array | null;
  /** Where each line began in the buffer; null: where it is in `bytes`. */
  readonly offsets: Float64Array | null;
  readonly counts: FrameCounts;
  /** No line begins with white space, so that none is blank; absent: not known. */
  readonly isFilled?: boolean;
}

/** What could not be handed out as it was. */
export interface FrameCounts {
  /** Lines that were too long: cut, or split where several were joined to one. */
  readonly cutLines: number;
  /** Replacement characters (U+FFFD) in decoded text: bytes that mean nothing in the encoding. */
  readonly badChars: number;
  /** Lines that are no container log, and went on as they are. */
  readonly foreignLines: number;
}

export const NO_COUNTS: FrameCounts = { cutLines: 0, badChars: 0, foreignLines: 0 };

export function addCounts(a: FrameCounts, b: FrameCounts): FrameCounts {
  return {
    cutLines: a.cutLines + b.cutLines,
    badChars: a.badChars + b.badChars,
    foreignLines: a.foreignLines + b.foreignLines,
  };
}

export const LINE_FEED = 0x0a;
