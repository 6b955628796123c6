import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Content, Extent } from './content.ts';
import type { FilePosition } from './identity.ts';
import { Unpacking } from './unpacking.ts';

/** The beginning is kept: it tells the file, and may name columns. */
const HEAD_BYTES = 64 * 1024;
/** At most so many bytes are unpacked before others have their turn. */
const STEP_BYTES = 32 * 1024 * 1024;

/**
 * What a gzip file holds, by the offsets of its unpacked bytes. It is unpacked from the beginning
 * and in order; only what is to be read next is kept in memory.
 */
export class PackedContent implements Content {
  readonly isPacked = true;
  readonly #handle: FileHandle;
  #unpacking: Unpacking;
  #head: Buffer = Buffer.alloc(0);
  /** Unpacked bytes from `#start` on. */
  #window: Buffer = Buffer.alloc(0);
  #start = 0;
  /** crc32 of what was passed over on the way to a position, as far as the position knows it. */
  #passedCrc = 0;
  /** How the file looked when there was no more to unpack, and at the look before this one. */
  #endedAs = '';
  #lookedAs = '';

  private constructor(handle: FileHandle) {
    this.#handle = handle;
    this.#unpacking = new Unpacking(handle);
  }

  /** Takes the handle over. @throws the system's error when the file cannot be read; it is closed then. */
  static async open(handle: FileHandle): Promise<PackedContent> {
    const content = new PackedContent(handle);
    try {
      await content.#begin();
      return content;
    } catch (thrown) {
      await content.close();
      throw thrown;
    }
  }

  get trouble(): string | null {
    const { end } = this.#unpacking;
    if (end === null || end === 'whole') return null;
    if (end === 'cut off') return 'the compressed file ends too soon; waiting for the rest';
    return `the compressed file is damaged behind byte ${this.#end} of its content: ${end.damage}`;
  }

  stat(): Promise<BigIntStats> {
    return this.#handle.stat({ bigint: true });
  }

  read(buffer: Buffer, offset: number, length: number, position: number) {
    const isInWindow = position >= this.#start;
    const bytes = isInWindow
      ? this.#window.subarray(position - this.#start, position - this.#start + length)
      : this.#head.subarray(position, position + length);
    return Promise.resolve({ bytesRead: bytes.copy(buffer, offset) });
  }

  async extent(stats: BigIntStats, position: FilePosition, wanted: number): Promise<Extent | null> {
    const { offset } = position;
    const isRewritten = this.#isRewritten(stats);
    if (!isRewritten && this.#isDone(stats, position)) {
      this.#endedAs ||= looks(stats);
      return { size: offset, isPartial: false, isWhole: true };
    }
    if (isRewritten || offset < this.#start) await this.#restart();
    if (!(await this.#passTo(position))) return null;
    if (this.#start === offset) await this.#fill(wanted);
    const { end } = this.#unpacking;
    if (end !== null) this.#endedAs ||= looks(stats);
    return { size: this.#end, isPartial: end === null, isWhole: end === 'whole' };
  }

  async close(): Promise<void> {
    this.#unpacking.close();
    await this.#handle.close();
  }

  get #end(): number {
    return this.#start + this.#window.length;
  }

  /** Whether it was read to its end before, and is not just being unpacked again to see that. */
  #isDone({ size }: BigIntStats, { packed, offset }: FilePosition): boolean {
    const isPassing = this.#start > 0 && this.#start < offset;
    return packed === Number(size) && !isPassing;
  }

  /** Whether the file has changed since its end was reached, and is at rest again. */
  #isRewritten(stats: BigIntStats): boolean {
    const now = looks(stats);
    const isAtRest = now === this.#lookedAs;
    this.#lookedAs = now;
    return this.#endedAs !== '' && now !== this.#endedAs && isAtRest;
  }

  async #restart(): Promise<void> {
    this.#unpacking.close();
    this.#unpacking = new Unpacking(this.#handle);
    this.#window = Buffer.alloc(0);
    this.#start = 0;
    this.#passedCrc = 0;
    this.#endedAs = '';
    await this.#begin();
  }

  async #begin(): Promise<void> {
    await this.#fill(HEAD_BYTES);
    this.#head = Buffer.from(this.#window.subarray(0, HEAD_BYTES));
  }

  /**
   * Lets go what is before the position, as far as one step goes. False when that is not what the
   * position was made on.
   */
  async #passTo({ offset, read }: FilePosition): Promise<boolean> {
    let left = STEP_BYTES;
    while (this.#start < offset) {
      if (this.#window.length === 0) {
        if (left <= 0) return true;
        this.#window = (await this.#unpacking.next()) ?? this.#window;
        // What is cut off may still be completed.
        if (this.#window.length === 0) return this.#unpacking.end !== 'whole';
      }
      const bytes = this.#window.subarray(0, offset - this.#start);
      const known = bytes.subarray(Math.max(0, (read?.from ?? 0) - this.#start));
      this.#passedCrc = crc32(known, this.#passedCrc);
      left -= bytes.length;
      this.#window = this.#window.subarray(bytes.length);
      this.#start += bytes.length;
    }
    return read === null || this.#passedCrc === read.crc;
  }

  /** Unpacks until so many bytes are there to be read, or all that are left. */
  async #fill(bytes: number): Promise<void> {
    const pieces = [this.#window];
    let length = this.#window.length;
    while (length < bytes) {
      const piece = await this.#unpacking.next();
      if (piece === null) break;
      pieces.push(piece);
      length += piece.length;
    }
    if (pieces.length > 1) this.#window = Buffer.concat(pieces);
  }
}

function looks({ size, mtimeNs }: BigIntStats): string {
  return `${size} ${mtimeNs}`;
}
