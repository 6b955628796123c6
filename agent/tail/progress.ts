import { crc32Combine } from '../../shared/kernel/crc32.ts';
import type { SourceBatch } from '../plugins/plugin.ts';
import { type FilePosition, NO_HEAD } from './identity.ts';
import { grown } from './last-read.ts';
import { firstLineOf } from './line-read.ts';

/** A range that grows without a line is handed out at this size: it can be read again at once. */
const RANGE_BYTES_MAX = 16 * 1024 * 1024;

/** Bytes of a source that were dealt with, one after the other. */
interface Dealt {
  readonly bytes: number;
  readonly crc: number;
  /** What follows still belongs to a line that was cut. */
  readonly inLine: boolean;
}

/** The part of a batch that framing makes. */
type Lines = Pick<SourceBatch, 'bytes' | 'lines' | 'ends' | 'offsets' | 'isFilled'>;

/** What a batch holds that only carries a position. */
export const NO_LINES: Lines = {
  ...{ bytes: Buffer.alloc(0), lines: 0 },
  ...{ ends: null, offsets: null },
};

/** How far a source was handed out, and the batches that say so. */
export class Progress {
  /** Null for a new file: its id is made when it is opened. */
  source: string | null;
  /** The first line of the present generation that is not blank, once it was read past. */
  firstLine: Buffer | null = null;
  /** Its `path` is the one it is known by, also after it was moved. */
  #position: FilePosition;
  readonly #skipsFirstLine: boolean;
  /** Whether a batch has carried its position, so that a later run will know it. */
  #isAnnounced: boolean;
  /** Of what is dealt with since the last batch ended: where that was, and the crc32 of it. */
  #pending: { readonly start: number; readonly crc: number };

  constructor(source: string | null, position: FilePosition, skipsFirstLine: boolean) {
    this.#skipsFirstLine = skipsFirstLine;
    this.source = source;
    this.#position = position;
    this.#isAnnounced = source !== null;
    this.#pending = { start: position.offset, crc: 0 };
  }

  get position(): FilePosition {
    return this.#position;
  }

  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  /** Where the next batch begins: before the position, when what was dealt with held no line. */
  get batchStart(): number {
    return this.#pending.start;
  }

  /**
   * Whether what was dealt with should be settled though there was no line in it: it is much, or
   * it is the end.
   */
  isDue(isEnd: boolean): boolean {
    const bytes = this.#position.offset - this.#pending.start;
    return bytes >= (isEnd ? 1 : RANGE_BYTES_MAX);
  }

  /** The path that it is known by; told at every look. */
  seenAt(path: string, isAnew: boolean): void {
    if (path !== this.#position.path) this.learn({ path });
    // What was unpacked of it is no measure for what is there now.
    if (isAnew) this.learn({ packed: 0 });
  }

  /** When the file was made; told at every look. */
  bornAt(bornNs: bigint): void {
    const born = String(bornNs);
    if (born !== this.#position.born) this.learn({ born });
  }

  /** What is known about the file has changed, but not how far it was read. */
  learn(
    known: Partial<Omit<FilePosition, 'offset' | 'generation' | 'inLine' | 'read' | 'last'>>,
  ): void {
    this.#position = { ...this.#position, ...known };
  }

  /** The next batch says where the source is, with or without lines. */
  announceAgain(): void {
    this.#isAnnounced = false;
  }

  /** A first line that is left out is passed over like the rest of a line that was cut. */
  beginAt(offset: number, isInLine: boolean): void {
    const nothing = { from: offset, crc: 0 };
    const inLine = isInLine || (offset === 0 && this.#skipsFirstLine);
    this.#position = { ...this.#position, offset, inLine, read: nothing, last: nothing };
    this.#pending = { start: offset, crc: 0 };
  }

  /** The file was written anew. */
  startAnew(): void {
    const generation = this.#position.generation + 1;
    this.#position = { ...this.#position, generation, head: NO_HEAD, packed: 0 };
    this.beginAt(0, false);
    this.firstLine = null;
  }

  dealtWith({ bytes, crc, inLine }: Dealt): void {
    const { offset, read, last } = this.#position;
    this.#position = {
      ...this.#position,
      offset: offset + bytes,
      inLine,
      read: read && { from: read.from, crc: crc32Combine(read.crc, crc, bytes) },
      last: grown(last, offset, { bytes, crc }),
    };
    const { start, crc: before } = this.#pending;
    this.#pending = { start, crc: crc32Combine(before, crc, bytes) };
  }

  /** All that was dealt with since the last batch, `bytes` being the lines of it. */
  batch({ bytes, lines, ends, offsets, isFilled = false }: Lines): SourceBatch {
    const { path, generation, offset: end } = this.#position;
    const range = { ...this.#pending, generation, end };
    this.#pending = { start: end, crc: 0 };
    this.#isAnnounced = true;
    const firstLine = this.firstLine;
    // Where it was not known, no line before these was one, or it was too long.
    this.firstLine ??= firstLineOf(bytes);
    return {
      source: this.source ?? '',
      origin: path,
      ...{ bytes, lines, range, ends, offsets, isFilled, firstLine },
      position: this.#position,
    };
  }
}
