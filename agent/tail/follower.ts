import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { crc32Combine } from '../../shared/kernel/crc32.ts';
import type { BatchLimits, SourceBatch } from '../plugins/plugin.ts';
import { FlushWait } from './flush-wait.ts';
import { type BatchLines, type FollowTools, NO_LINES, type Taking } from './follow-tools.ts';
import { type FoundFile, statOrNull } from './found-file.ts';
import { type FilePosition, fileKey, NO_HEAD, newSourceId, renewHead } from './identity.ts';
import {
  firstLineOf,
  type LineRead,
  lastLineStart,
  readFirstLine,
  readLines,
  readRest,
  type Unread,
} from './line-read.ts';
import { openIfThere } from './open-if-there.ts';
import { Standing } from './standing.ts';

/** How often a file that has nothing new is looked at. */
export const POLL_MS = 250;

/** Before the first batch of a file tells better. */
const BYTES_PER_LINE_FIRST = 256;

/** Where a follower begins: a file met for the first time, or one whose position is known. */
interface Start {
  /** Null for a new file: its id is made when it is opened. */
  readonly source: string | null;
  readonly position: FilePosition;
  /** Begin with the first line that ends after this moment's end of the file. */
  readonly atEnd: boolean;
}

/**
 * Follows one file, whatever its name is by now: tells what is unread, hands it out in whole
 * lines, and notices when the file is written anew or moved. It says when it wants to be served
 * (`dueMs`), and may be closed in between.
 */
export class Follower {
  readonly key: string;
  /** The follower of the file that had this path before; its lines come first. */
  after: Follower | null = null;
  /** When it was last worth serving, by the monotonic clock. */
  activeMs = 0;
  /** Lines that were too long and were cut, so far. */
  cutLines = 0;

  #source: string | null;
  /** Its `path` is the one it is known by, also after it was moved. */
  #position: FilePosition;
  /** Where it is now, as far as known. */
  #path: string;
  #atEnd: boolean;
  /** Whether a batch has carried its position, so that a later run will know it. */
  #isAnnounced: boolean;
  #handle: FileHandle | null = null;
  readonly #standing = new Standing();
  #size: number;
  #mtimeNs = -1n;
  /** The size at which only an unfinished line was left to read, or -1. */
  #unfinishedSize = -1;
  readonly #flush = new FlushWait();
  /** Since when there is something unread, by the monotonic clock. */
  #unreadSinceMs: number | null = null;
  /** Not before it was seen at all. */
  #dueMs = Number.POSITIVE_INFINITY;
  #bytesPerLine = BYTES_PER_LINE_FIRST;
  /** Of the present generation, once it was read past. */
  #firstLine: Buffer | null = null;
  /** It was opened, and nothing was taken since. */
  #isFresh = false;
  /** Of what is dealt with since the last batch ended: where that was, and the crc32 of it. */
  #pending: { readonly start: number; readonly crc: number };

  constructor({ source, position, atEnd }: Start) {
    this.key = fileKey(position);
    this.#source = source;
    this.#position = position;
    this.#path = position.path;
    this.#atEnd = atEnd;
    this.#isAnnounced = source !== null;
    this.#size = position.offset;
    this.#pending = { start: position.offset, crc: 0 };
  }

  get source(): string | null {
    return this.#source;
  }

  get path(): string {
    return this.#path;
  }

  /** When the file was made; 0 where the file system does not know. */
  get bornNs(): bigint {
    return BigInt(this.#position.born);
  }

  get position(): FilePosition {
    return this.#position;
  }

  get isOpen(): boolean {
    return this.#handle !== null;
  }

  get standing(): Standing['state'] {
    return this.#standing.state;
  }

  /** Bytes not handed out yet, as last seen. */
  get backlog(): number {
    return Math.max(0, this.#size - this.#position.offset);
  }

  /** Whether there may be a whole line to hand out. */
  get hasUnread(): boolean {
    return this.backlog > 0 && this.#size !== this.#unfinishedSize;
  }

  /** From this moment on (monotonic clock) it is worth serving. */
  get dueMs(): number {
    return this.#dueMs;
  }

  /** Whether the file that has its path now may begin. */
  get isDrained(): boolean {
    return this.#standing.isDrained(this.backlog);
  }

  /** Whether it can be let go: rotated, read to its end, and nobody writes to it any more. */
  isFinished(isCrowded: boolean): boolean {
    return this.backlog === 0 && this.#standing.isOver(isCrowded);
  }

  /** The file was found where it is wanted, maybe under another name than before. */
  seenAs(file: FoundFile): void {
    this.#position = { ...this.#position, path: file.path };
    this.#standing.found();
    this.#foundAt(file);
  }

  /** The file was found where rotation has put it. */
  movedTo(file: FoundFile): void {
    this.#foundAt(file);
    this.rotate();
  }

  rotate(): void {
    this.#standing.rotated();
    this.#dueMs = 0;
  }

  /** Waits before it is served again, after something failed. */
  postpone(nowMs: number): void {
    this.#dueMs = nowMs + POLL_MS;
  }

  /**
   * Opens the file, unless its path leads elsewhere by now: then it is `displaced`.
   * @throws the system's error when the file cannot be opened or looked at.
   */
  async open(): Promise<void> {
    const handle = await openIfThere(this.path);
    try {
      const stats = await handle?.stat({ bigint: true });
      if (handle === null || stats === undefined || fileKey(stats) !== this.key) {
        this.#standing.displaced();
        this.#dueMs = Number.POSITIVE_INFINITY;
        await handle?.close();
        return;
      }
      await this.#begin(handle, stats);
      this.#handle = handle;
    } catch (thrown) {
      await handle?.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    if (!this.hasUnread) this.#dueMs = this.#flush.dueMs;
    await handle?.close();
  }

  /**
   * The next batch, or null when there is none to give now; then `dueMs` says when to ask again.
   * The first batch of a new file that has no whole line yet is empty: it carries the position.
   *
   * @throws the system's error when the file cannot be read.
   */
  async take(limits: BatchLimits, nowMs: number, tools: FollowTools): Promise<SourceBatch | null> {
    const handle = this.#handle;
    if (handle === null) return null;
    if (this.#isFresh) await this.#prepare(handle, tools);
    this.#dueMs = nowMs + POLL_MS;
    if (!this.hasUnread || this.#isLingering(limits, nowMs)) await this.#look(handle, nowMs);
    const batch = this.hasUnread
      ? await this.#takeUnread({ handle, limits, tools }, nowMs)
      : await this.#lastWords({ handle, limits, tools }, nowMs);
    if (batch === null && this.#isAnnounced) return null;
    this.#isAnnounced = true;
    return batch ?? this.#batch(NO_LINES);
  }

  #foundAt({ path, stats }: FoundFile): void {
    if (path !== this.#path) this.#standing.moved();
    this.#path = path;
    this.#position = { ...this.#position, born: String(stats.birthtimeNs) };
    if (this.isOpen) return;
    const isTouched = Number(stats.size) !== this.#size || stats.mtimeNs !== this.#mtimeNs;
    this.#size = Number(stats.size);
    this.#mtimeNs = stats.mtimeNs;
    if (isTouched || this.hasUnread) this.#dueMs = 0;
  }

  async #begin(handle: FileHandle, stats: BigIntStats): Promise<void> {
    this.#size = Number(stats.size);
    this.#mtimeNs = stats.mtimeNs;
    this.#unfinishedSize = -1;
    const head = await renewHead(handle, this.#position.head);
    if (head === null || this.#size < this.#position.offset) this.#startAnew();
    else this.#position = { ...this.#position, head };
    this.#source ??= newSourceId(stats, this.path, this.#position.head);
    this.#isFresh = true;
  }

  async #prepare(handle: FileHandle, { framing }: FollowTools): Promise<void> {
    const { offset } = this.#position;
    if (offset > 0 || this.#atEnd) this.#firstLine ??= await readFirstLine(handle, framing);
    if (this.#atEnd) {
      const start = await lastLineStart(handle, offset, framing);
      this.#position = { ...this.#position, ...start };
      this.#pending = { start: start.offset, crc: 0 };
    }
    this.#atEnd = false;
    this.#isFresh = false;
  }

  #isLingering({ bytes, lingerMs }: BatchLimits, nowMs: number): boolean {
    if (lingerMs === 0 || this.standing === 'rotated' || this.backlog >= bytes) return false;
    return nowMs < this.#lingerEndMs({ lingerMs }, nowMs);
  }

  #lingerEndMs({ lingerMs }: Pick<BatchLimits, 'lingerMs'>, nowMs: number): number {
    return (this.#unreadSinceMs ?? nowMs) + lingerMs;
  }

  async #look(handle: FileHandle, nowMs: number): Promise<void> {
    const stats = await this.#stats(handle);
    const size = Number(stats.size);
    const isTouched = size !== this.#size || stats.mtimeNs !== this.#mtimeNs;
    this.#standing.lookedAt({ isTouched, isDeleted: stats.nlink === 0n });
    this.#size = size;
    this.#mtimeNs = stats.mtimeNs;
    if (isTouched) await this.#checkTouched(handle);
    if (this.hasUnread) this.#unreadSinceMs ??= nowMs;
    else this.#standing.readToEnd();
  }

  /** Looks by the path, which tells at the same time whether it still names the file. */
  async #stats(handle: FileHandle): Promise<BigIntStats> {
    // A path that cannot be looked at says nothing about where the file is.
    const atPath = await statOrNull(this.path).catch(() => undefined);
    if (atPath === undefined) return handle.stat({ bigint: true });
    if (atPath !== null && fileKey(atPath) === this.key) return atPath;
    if (this.standing === 'there') this.#standing.displaced();
    return handle.stat({ bigint: true });
  }

  /** A file may be cut to nothing and grow to any size again between two looks. */
  async #checkTouched(handle: FileHandle): Promise<void> {
    this.#unfinishedSize = -1;
    if (this.backlog > 0) return;
    const isSame =
      this.#size === this.#position.offset &&
      (await renewHead(handle, this.#position.head)) !== null;
    if (!isSame) this.#startAnew();
  }

  #startAnew(): void {
    const generation = this.#position.generation + 1;
    this.#position = { ...this.#position, generation, offset: 0, head: NO_HEAD, inLine: false };
    this.#pending = { start: 0, crc: 0 };
    this.#firstLine = null;
    this.#unfinishedSize = -1;
    this.#dueMs = 0;
  }

  async #takeUnread(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const { handle, limits, tools } = taking;
    const isLingering = this.#isLingering(limits, nowMs);
    if (isLingering) this.#dueMs = Math.min(this.#dueMs, this.#lingerEndMs(limits, nowMs));
    if (isLingering && limits.lines === 0) return null;

    const read = await readLines(handle, this.#unread, limits, tools);
    if (read.consumed === 0) this.#flush.begin(this.#size, nowMs + tools.flushMs);
    return this.#handOut(read, taking, { nowMs, linesMin: isLingering ? limits.lines : 0 });
  }

  get #unread(): Unread {
    const { offset, inLine } = this.#position;
    const sizes = { available: this.backlog, bytesPerLine: this.#bytesPerLine };
    return { offset, inLine, batchStart: this.#pending.start, ...sizes };
  }

  async #handOut(
    read: LineRead,
    { handle, tools }: Taking,
    { nowMs, linesMin }: { nowMs: number; linesMin: number },
  ): Promise<SourceBatch | null> {
    const release = (): void => tools.buffers.giveBack(read.buffer);
    if (await this.#accepts(handle, read, linesMin)) {
      this.#advance(read, nowMs);
      tools.onCounts(read.counts);
      if (read.lines > 0) return { ...this.#batch(read), release };
    }
    release();
    return null;
  }

  /** Whether what was read may be handed out now: it is true, and enough. */
  async #accepts(handle: FileHandle, read: LineRead, linesMin: number): Promise<boolean> {
    if (!(await this.#isTrue(handle, read))) return false;
    if (read.consumed > 0) return read.lines >= linesMin;
    this.#unfinishedSize = this.#size;
    this.#standing.readToEnd();
    return false;
  }

  /** Looks at the head after the lines were read: unchanged, it vouches for them. */
  async #isTrue(handle: FileHandle, read: LineRead): Promise<boolean> {
    const head = await renewHead(handle, this.#position.head);
    if (head === null) {
      this.#startAnew();
    } else if (read.isShort) {
      this.#size = this.#position.offset + read.bytesRead;
    } else {
      this.#position = { ...this.#position, head };
      return true;
    }
    this.#mtimeNs = -1n;
    return false;
  }

  #advance({ consumed, crc, inLine, lines, bytes, counts }: LineRead, nowMs: number): void {
    this.#position = { ...this.#position, offset: this.#position.offset + consumed, inLine };
    this.#dealtWith(consumed, crc);
    this.cutLines += counts.cutLines;
    if (lines > 0) this.#bytesPerLine = bytes.length / lines;
    this.#unreadSinceMs = this.hasUnread ? nowMs : null;
    if (!this.hasUnread) this.#standing.readToEnd();
    this.#dueMs = 0;
    this.activeMs = nowMs;
  }

  /**
   * The unfinished last line of a rotated file becomes a line once it is sure to stay so; lines
   * that wait for others do not wait longer than a while.
   */
  async #lastWords(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const end = this.#standing.isSilent() ? 'final' : 'quiet';
    const isOver = end === 'final' || this.#flush.isOver(this.#size, nowMs);
    if (this.backlog === 0 || !isOver) return null;
    this.#flush.end(this.#size);
    const { handle, limits, tools } = taking;
    const read = await readRest(handle, this.#unread, { ...limits, end }, tools);
    return this.#handOut(read, taking, { nowMs, linesMin: 0 });
  }

  #dealtWith(bytes: number, crc: number): void {
    const { start, crc: before } = this.#pending;
    this.#pending = { start, crc: crc32Combine(before, crc, bytes) };
  }

  #batch({ bytes, lines, ends, offsets }: BatchLines): SourceBatch {
    const { path, generation, offset: end } = this.#position;
    const range = { ...this.#pending, generation, end };
    this.#pending = { start: end, crc: 0 };
    const firstLine = this.#firstLine;
    this.#firstLine ??= firstLineOf(bytes);
    return {
      source: this.#source ?? this.key,
      origin: path,
      ...{ bytes, lines, range, ends, offsets, firstLine },
      position: this.#position,
    };
  }
}
