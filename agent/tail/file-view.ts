import type { BigIntStats } from 'node:fs';
import type { Extent } from './content.ts';

const UNSEEN = { size: -1n, mtimeNs: -1n };

/** What the last look at a file has shown of it. */
export class FileView {
  /** Bytes it holds, unpacked where it is compressed, as far as known. */
  size: number;
  #isPartial = false;
  #isWhole = false;
  #stats = UNSEEN;
  /** The size at which only an unfinished line was left to read, or -1. */
  #unfinishedSize = -1;

  constructor(size: number) {
    this.size = size;
  }

  /** The size of the file itself when it was looked at last. */
  get fileBytes(): number {
    return Number(this.#stats.size);
  }

  /** More is there than was unpacked yet. */
  get isPartial(): boolean {
    return this.#isPartial;
  }

  /** Nothing will be added. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  backlogFrom(offset: number): number {
    return Math.max(0, this.size - offset);
  }

  /** Whether there may be a whole line behind `offset`. */
  hasUnread(offset: number): boolean {
    return this.#isPartial || (this.size > offset && this.size !== this.#unfinishedSize);
  }

  /** Whether what is behind `offset` waits for more to come. */
  isWaitingAt(offset: number): boolean {
    return this.backlogFrom(offset) > 0 && !this.hasUnread(offset);
  }

  /** Whether the file has changed since the last look. */
  notes({ size, mtimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs'>): boolean {
    const isTouched = this.differs({ size, mtimeNs });
    this.#stats = { size, mtimeNs };
    return isTouched;
  }

  /** Whether the file looks other than at the last look, which this is not. */
  differs({ size, mtimeNs }: Pick<BigIntStats, 'size' | 'mtimeNs'>): boolean {
    return size !== this.#stats.size || mtimeNs !== this.#stats.mtimeNs;
  }

  /** The next look is to find the file changed. */
  distrust(): void {
    this.#stats = UNSEEN;
  }

  /** Null: what is there is not known yet, but it is another content than before. */
  measured(extent: Extent | null): void {
    this.size = extent?.size ?? 0;
    this.#isPartial = extent?.isPartial ?? true;
    this.#isWhole = extent?.isWhole ?? false;
  }

  /** It must be unpacked to know what is there. */
  mustUnpack(): void {
    this.#isPartial = true;
  }

  /** All that is left now is an unfinished line. */
  onlyUnfinished(): void {
    this.#unfinishedSize = this.size;
  }

  mayHaveLines(): void {
    this.#unfinishedSize = -1;
  }
}
