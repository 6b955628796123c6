import type { BigIntStats } from 'node:fs';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { SeekStart } from './beginning.ts';
import type { Content } from './content.ts';
import type { FollowTools } from './follow-tools.ts';
import { FollowedFile } from './followed-file.ts';
import type { FoundFile } from './found-file.ts';
import { type FilePosition, fileKey, newSourceId, renewHead } from './identity.ts';
import { holdsLastRead } from './last-read.ts';
import { readFirstLine } from './line-read.ts';
import { openContent } from './open-content.ts';
import { POLL_MS } from './poll-pace.ts';
import { NO_LINES } from './progress.ts';
import { Serving } from './serving.ts';
import type { Standing } from './standing.ts';

/** Where a follower begins: a file met for the first time, or one whose position is known. */
interface Start {
  /** Null for a new file: its id is made when it is opened. */
  readonly source: string | null;
  readonly position: FilePosition;
  /** Finds the line to begin with, once the file is open; null: the position says it. */
  readonly seek: SeekStart | null;
  /** What was being sent when the process ended: it comes first, and as it was. */
  readonly sealed?: SealedRange | undefined;
}

/**
 * Follows one file, whatever its name is by now: opens it where it was left, hands out what is
 * unread in whole lines, and notices when the file is written anew or moved. It says when it wants
 * to be served (`dueMs`), and may be closed in between.
 */
export class Follower {
  /** The follower of the file that had this path before; its lines come first. */
  after: Follower | null = null;
  /** Whether its content was compared with what its position was made on, in this run. */
  isProven: boolean;
  readonly #file: FollowedFile;
  readonly #serving: Serving;
  readonly #tools: FollowTools;
  #seek: SeekStart | null;

  constructor({ source, position, seek, sealed }: Start, tools: FollowTools) {
    this.#file = new FollowedFile(source, position, tools.skipsFirstLine);
    this.#serving = new Serving(this.#file, sealed ?? null, tools);
    this.#tools = tools;
    this.isProven = source === null;
    this.#seek = seek;
  }

  /** Lines that were too long and were cut, so far. */
  get cutLines(): number {
    return this.#serving.cutLines;
  }

  /** When there was last something to hand out, by the monotonic clock. */
  get activeMs(): number {
    return this.#serving.activeMs;
  }

  get key(): string {
    return this.#file.key;
  }

  get source(): string | null {
    return this.#file.progress.source;
  }

  /** Where it is now, as far as known. */
  get path(): string {
    return this.#file.path;
  }

  /** When the file was made; 0 where the file system does not know. */
  get bornNs(): bigint {
    return BigInt(this.position.born);
  }

  get position(): FilePosition {
    return this.#file.position;
  }

  get isOpen(): boolean {
    return this.#file.content !== null;
  }

  get standing(): Standing['state'] {
    return this.#file.standing.state;
  }

  /** Bytes not handed out yet, as last seen. */
  get backlog(): number {
    return this.#file.backlog;
  }

  /** Whether there may be a whole line to hand out. */
  get hasUnread(): boolean {
    return this.#file.hasUnread;
  }

  /** From this moment on (monotonic clock) it is worth serving. */
  get dueMs(): number {
    return this.#file.dueMs;
  }

  /** Whether the file that has its path now may begin. */
  get isDrained(): boolean {
    return this.#file.standing.isDrained(this.backlog);
  }

  /** Whether it can be let go: rotated, read to its end, and nobody writes to it any more. */
  isFinished(isCrowded: boolean): boolean {
    const { backlog, view, standing } = this.#file;
    return backlog === 0 && !view.isPartial && standing.isOver(isCrowded);
  }

  /** What keeps the rest of the open file from being read, or null. */
  get trouble(): string | null {
    return this.#file.content?.trouble ?? null;
  }

  /** Unread bytes of the open file at this moment; nothing is noted. Null when it is closed. */
  async unreadNow(): Promise<number | null> {
    const { content } = this.#file;
    const stats = await content?.stat().catch(() => null);
    if (stats === null || stats === undefined) return null;
    if (content?.isPacked === true) return Number(this.hasUnread);
    return Math.max(0, Number(stats.size) - this.position.offset);
  }

  /**
   * The file was found where it is wanted, maybe under another name than before; `isAnew`: it is
   * compressed, was read to its end, and is known to be written anew.
   */
  seenAs(file: FoundFile, isAnew = false): void {
    this.#file.seenAs(file, isAnew);
  }

  /** The file was found where it was last. */
  stillAt(file: FoundFile): void {
    this.#file.stillAt(file);
  }

  /** The file was found where rotation has put it, maybe as another file: compressed. */
  movedTo(file: FoundFile): void {
    this.#file.movedTo(file);
  }

  /** The file is open, and not where it is wanted any more. */
  rotate(): void {
    this.#file.rotate();
  }

  /** Waits before it is served again, after something failed. */
  postpone(nowMs: number): void {
    this.#file.dueMs = nowMs + POLL_MS;
  }

  /**
   * Opens the file, unless its path leads elsewhere by now: then it is `displaced`.
   * @throws the system's error when the file cannot be opened or looked at.
   */
  async open(): Promise<void> {
    const content = await openContent(this.path);
    try {
      const stats = await content?.stat();
      if (content === null || stats === undefined || fileKey(stats) !== this.key) {
        this.#file.standing.displaced();
        this.#file.dueMs = Number.POSITIVE_INFINITY;
        await content?.close();
        return;
      }
      await this.#begin(content, stats);
      this.#file.content = content;
      this.isProven = true;
    } catch (thrown) {
      await content?.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    const { content } = file;
    file.content = null;
    if (!file.hasUnread) file.dueMs = this.#serving.flushDueMs;
    await content?.close();
  }

  /**
   * The next batch, or null when there is none to give now; then `dueMs` says when to ask again.
   * The first batch of a new file is empty: its position is kept before any line of it is sent.
   *
   * @throws the system's error when the file cannot be read.
   */
  async take(limits: BatchLimits, nowMs: number): Promise<SourceBatch | null> {
    const { content, progress } = this.#file;
    if (content === null) return null;
    await this.#seekStart(content);
    if (progress.isAnnounced) return this.#serving.next({ content, limits }, nowMs);
    this.#file.dueMs = 0;
    return progress.batch(NO_LINES);
  }

  /** Goes on where the position says, if the file still holds what was read of it; or anew. */
  async #begin(content: Content, stats: BigIntStats): Promise<void> {
    const { view, progress } = this.#file;
    view.notes(stats);
    view.size = content.isPacked ? this.position.offset : Number(stats.size);
    view.mayHaveLines();
    const head = await renewHead(content, this.position.head);
    if (content.isPacked) view.mustUnpack();
    const isSame =
      head !== null &&
      view.size >= this.position.offset &&
      (await holdsLastRead(content, this.position));
    if (isSame) progress.learn({ head });
    else this.#file.startAnew();
    progress.source ??= newSourceId(stats, this.path, this.position.head);
    if (this.position.offset === 0) return;
    progress.firstLine ??= await readFirstLine(content, this.#tools.framing);
  }

  async #seekStart(content: Content): Promise<void> {
    if (this.#seek === null) return;
    const { progress } = this.#file;
    const { offset, inLine } = await this.#seek(content, this.position.offset, this.#tools.framing);
    this.#seek = null;
    progress.beginAt(offset, inLine);
    if (offset === 0) progress.firstLine = null;
  }
}
