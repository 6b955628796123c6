import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { FilePosition } from './identity.ts';
import type { ReadableAt } from './readable-at.ts';

/** How much of a file there is to read. */
export interface Extent {
  readonly size: number;
  /** `size` is only what is unpacked by now: there is more. */
  readonly isPartial: boolean;
  /** Nothing will follow: what is left is the end, with or without a line break. */
  readonly isWhole: boolean;
}

/** What an open file holds, compressed or not. */
export interface Content extends ReadableAt {
  /** Its offsets are those of the unpacked bytes, and not those of the file. */
  readonly isPacked: boolean;
  /** What keeps the rest from being read, if anything does. */
  readonly trouble: string | null;
  stat(): Promise<BigIntStats>;
  /**
   * What there is from the position on; `wanted` bytes are enough to know. Null when this is not
   * the content that the position was made on.
   */
  extent(stats: BigIntStats, position: FilePosition, wanted: number): Promise<Extent | null>;
  close(): Promise<void>;
}

/** A file as it is: its size says how much there is. */
export class PlainContent implements Content {
  readonly isPacked = false;
  readonly trouble = null;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  read(buffer: Buffer, offset: number, length: number, position: number) {
    return this.#handle.read(buffer, offset, length, position);
  }

  stat(): Promise<BigIntStats> {
    return this.#handle.stat({ bigint: true });
  }

  extent({ size }: BigIntStats): Promise<Extent> {
    return Promise.resolve({ size: Number(size), isPartial: false, isWhole: false });
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
