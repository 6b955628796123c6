import type { BigIntStats } from 'node:fs';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { SeekStart } from './beginning.ts';
import type { Content } from './content.ts';
import { FileView } from './file-view.ts';
import { FlushWait } from './flush-wait.ts';
import type { FollowTools } from './follow-tools.ts';
import { type FoundFile, statOrNull } from './found-file.ts';
import { Harvest, type Taking } from './harvest.ts';
import { type FilePosition, fileKey, newSourceId, renewHead } from './identity.ts';
import { holdsLastRead } from './last-read.ts';
import { LINE_BYTES_MAX, readFirstLine } from './line-read.ts';
import { isPacked, openContent } from './open-content.ts';
import { POLL_MS } from './poll-pace.ts';
import { NO_LINES, Progress } from './progress.ts';
import { SEALED_BYTES_MAX } from './sealed-read.ts';
import { Standing } from './standing.ts';

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
 * Follows one file, whatever its name is by now: tells what is unread, hands it out in whole
 * lines, and notices when the file is written anew or moved. It says when it wants to be served
 * (`dueMs`), and may be closed in between.
 */
export class Follower {
  /** The follower of the file that had this path before; its lines come first. */
  after: Follower | null = null;
  /** When it was last worth serving, by the monotonic clock. */
  activeMs = 0;
  /** Whether its content was compared with what its position was made on, in this run. */
  isProven: boolean;

  readonly #progress: Progress;
  readonly #view: FileView;
  readonly #harvest: Harvest;
  readonly #standing = new Standing();
  readonly #flush = new FlushWait();
  readonly #tools: FollowTools;
  #key: string;
  /** Where it is now, as far as known. */
  #path: string;
  #seek: SeekStart | null;
  #sealed: SealedRange | null;
  #content: Content | null = null;
  /** Since when there is something unread, by the monotonic clock. */
  #unreadSinceMs: number | null = null;
  /** Not before it was seen at all. */
  #dueMs = Number.POSITIVE_INFINITY;

  constructor({ source, position, seek, sealed }: Start, tools: FollowTools) {
    this.#key = fileKey(position);
    this.#progress = new Progress(source, position);
    this.#view = new FileView(position.offset);
    this.#harvest = new Harvest(this.#progress, this.#view, tools);
    this.#tools = tools;
    this.#path = position.path;
    this.isProven = source === null;
    this.#seek = seek;
    this.#sealed = sealed ?? null;
  }

  /** Lines that were too long and were cut, so far. */
  get cutLines(): number {
    return this.#harvest.cutLines;
  }

  get key(): string {
    return this.#key;
  }

  get source(): string | null {
    return this.#progress.source;
  }

  get path(): string {
    return this.#path;
  }

  /** When the file was made; 0 where the file system does not know. */
  get bornNs(): bigint {
    return BigInt(this.position.born);
  }

  get position(): FilePosition {
    return this.#progress.position;
  }

  get isOpen(): boolean {
    return this.#content !== null;
  }

  get standing(): Standing['state'] {
    return this.#standing.state;
  }

  /** Bytes not handed out yet, as last seen. */
  get backlog(): number {
    return this.#view.backlogFrom(this.position.offset);
  }

  /** Whether there may be a whole line to hand out. */
  get hasUnread(): boolean {
    return this.#view.hasUnread(this.position.offset);
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
    return this.backlog === 0 && !this.#view.isPartial && this.#standing.isOver(isCrowded);
  }

  /** What keeps the rest of the open file from being read, or null. */
  get trouble(): string | null {
    return this.#content?.trouble ?? null;
  }

  /** Unread bytes of the open file at this moment; nothing is noted. Null when it is closed. */
  async unreadNow(): Promise<number | null> {
    const stats = await this.#content?.stat().catch(() => null);
    if (stats === null || stats === undefined) return null;
    const { offset } = this.position;
    if (this.#content?.isPacked === true) return Number(this.hasUnread);
    return Math.max(0, Number(stats.size) - offset);
  }

  /**
   * The file was found where it is wanted, maybe under another name than before; `isAnew`: it is
   * compressed, was read to its end, and is known to be written anew.
   */
  seenAs(file: FoundFile, isAnew = false): void {
    this.#progress.seenAt(file.path, isAnew);
    this.#standing.found();
    this.#foundAt(file);
  }

  /** The file was found where it was last. */
  stillAt(file: FoundFile): void {
    if (this.standing === 'rotated') this.#foundAt(file);
    else this.seenAs(file);
  }

  /** The file was found where rotation has put it, maybe as another file: compressed. */
  movedTo(file: FoundFile): void {
    if (file.key !== this.#key) {
      this.#key = file.key;
      this.#progress.learn({ dev: String(file.stats.dev), ino: String(file.stats.ino) });
      this.#progress.announceAgain();
      this.#view.distrust();
    }
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
    const content = await openContent(this.path);
    try {
      const stats = await content?.stat();
      if (content === null || stats === undefined || fileKey(stats) !== this.key) {
        this.#standing.displaced();
        this.#dueMs = Number.POSITIVE_INFINITY;
        await content?.close();
        return;
      }
      await this.#begin(content, stats);
      this.#content = content;
      this.isProven = true;
    } catch (thrown) {
      await content?.close();
      throw thrown;
    }
  }

  async close(): Promise<void> {
    const content = this.#content;
    this.#content = null;
    if (!this.hasUnread) this.#dueMs = this.#flush.dueMs;
    await content?.close();
  }

  /**
   * The next batch, or null when there is none to give now; then `dueMs` says when to ask again.
   * The first batch of a new file is empty: its position is kept before any line of it is sent.
   *
   * @throws the system's error when the file cannot be read.
   */
  async take(limits: BatchLimits, nowMs: number): Promise<SourceBatch | null> {
    const content = this.#content;
    if (content === null) return null;
    await this.#seekStart(content);
    if (!this.#progress.isAnnounced) {
      this.#dueMs = 0;
      return this.#progress.batch(NO_LINES);
    }
    const isAtRest = this.standing === 'there' && this.backlog === 0;
    this.#dueMs = nowMs + this.#tools.pollMs({ isAtRest, silentMs: nowMs - this.activeMs });
    const batch = await this.#harvestNow({ content, limits }, nowMs);
    if (batch === null && this.#view.isPartial) this.#dueMs = 0;
    return batch ?? this.#endOfPacked(content);
  }

  async #harvestNow(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    if (this.#mustLook(taking.limits, nowMs)) await this.#look(taking, nowMs);
    const before = this.position;
    const batch = (await this.#takeSealed(taking)) ?? (await this.#takeNext(taking, nowMs));
    if (!isSamePlace(before, this.position)) this.#hasMoved(nowMs);
    if (!this.hasUnread) this.#standing.readToEnd();
    return batch;
  }

  /** A compressed file that is read to its end need not be unpacked ever again. */
  #endOfPacked(content: Content): SourceBatch | null {
    if (!content.isPacked || !this.#view.isWhole || this.backlog > 0) return null;
    const packed = this.#view.fileBytes;
    if (this.position.packed === packed) return null;
    this.#progress.learn({ packed });
    return this.#progress.batch(NO_LINES);
  }

  #foundAt({ path, stats }: FoundFile): void {
    if (path !== this.#path) this.#standing.moved();
    this.#path = path;
    this.#progress.bornAt(stats.birthtimeNs);
    if (this.isOpen) {
      if (this.#view.differs(stats)) this.#dueMs = 0;
      return;
    }
    const isTouched = this.#view.notes(stats);
    if (!isPacked(path)) this.#view.size = Number(stats.size);
    // What was read to its end is not unpacked again to see that.
    else if (isTouched && Number(stats.size) !== this.position.packed) this.#view.mustUnpack();
    if ((isTouched && !isPacked(path)) || this.hasUnread) this.#dueMs = 0;
  }

  async #begin(content: Content, stats: BigIntStats): Promise<void> {
    this.#view.notes(stats);
    this.#view.size = content.isPacked ? this.position.offset : Number(stats.size);
    this.#view.mayHaveLines();
    const progress = this.#progress;
    const head = await renewHead(content, this.position.head);
    if (content.isPacked) this.#view.mustUnpack();
    const isSame =
      head !== null &&
      this.#view.size >= this.position.offset &&
      (await holdsLastRead(content, this.position));
    if (isSame) progress.learn({ head });
    else this.#startAnew();
    progress.source ??= newSourceId(stats, this.path, this.position.head);
    if (this.position.offset === 0) return;
    progress.firstLine ??= await readFirstLine(content, this.#tools.framing);
  }

  async #seekStart(content: Content): Promise<void> {
    if (this.#seek === null) return;
    const { framing } = this.#tools;
    const { offset, inLine } = await this.#seek(content, this.position.offset, framing);
    this.#seek = null;
    this.#progress.beginAt(offset, inLine);
    if (offset === 0) this.#progress.firstLine = null;
  }

  #mustLook(limits: BatchLimits, nowMs: number): boolean {
    return !this.hasUnread || this.#view.isPartial || this.#isLingering(limits, nowMs);
  }

  #isLingering({ bytes, lingerMs }: BatchLimits, nowMs: number): boolean {
    if (lingerMs === 0 || this.standing === 'rotated' || this.backlog >= bytes) return false;
    return nowMs < this.#lingerEndMs({ lingerMs }, nowMs);
  }

  #lingerEndMs({ lingerMs }: Pick<BatchLimits, 'lingerMs'>, nowMs: number): number {
    return (this.#unreadSinceMs ?? nowMs) + lingerMs;
  }

  async #look({ content, limits }: Taking, nowMs: number): Promise<void> {
    const stats = await this.#stats(content);
    const isTouched = this.#view.notes(stats);
    this.#standing.lookedAt({ isTouched, isDeleted: stats.nlink === 0n });
    await this.#measure(content, stats, limits);
    if (isTouched) await this.#checkTouched(content);
    if (this.hasUnread) this.#unreadSinceMs ??= nowMs;
    else this.#standing.readToEnd();
  }

  async #measure(content: Content, stats: BigIntStats, limits: BatchLimits): Promise<void> {
    const window = this.#tools.framing.windowBytes(limits.lineBytes || LINE_BYTES_MAX);
    const sealed = (this.#sealed?.end ?? 0) - this.position.offset;
    const wanted = Math.max(limits.bytes, window, Math.min(sealed, SEALED_BYTES_MAX));
    const extent = await content.extent(stats, this.position, wanted);
    if (extent === null) this.#startAnew();
    this.#view.measured(extent);
  }

  /** Looks by the path, which tells at the same time whether it still names the file. */
  async #stats(content: Content): Promise<BigIntStats> {
    // A path that cannot be looked at says nothing about where the file is.
    const atPath = await statOrNull(this.path).catch(() => undefined);
    if (atPath === undefined) return content.stat();
    if (atPath !== null && fileKey(atPath) === this.key) return atPath;
    if (this.standing === 'there') this.#standing.displaced();
    return content.stat();
  }

  /** A file may be cut to nothing and grow to any size again between two looks. */
  async #checkTouched(content: Content): Promise<void> {
    this.#view.mayHaveLines();
    if (this.hasUnread) return;
    const isSame =
      this.#view.size === this.position.offset &&
      (await renewHead(content, this.position.head)) !== null;
    if (!isSame) this.#startAnew();
  }

  #startAnew(): void {
    this.#harvest.startAnew();
    this.#dueMs = 0;
  }

  /** Once, and before anything else: what was being sent when the process ended. */
  async #takeSealed(taking: Taking): Promise<SourceBatch | null> {
    const sealed = this.#sealed;
    if (sealed === null) return null;
    const isAhead = this.#view.isPartial && sealed.end > this.#view.size;
    if (isAhead && this.backlog < SEALED_BYTES_MAX) return null;
    this.#sealed = null;
    return this.#harvest.again(taking, sealed);
  }

  async #takeNext(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    if (this.#sealed !== null) return null;
    if (this.backlog === 0) return null;
    if (!this.hasUnread) return this.#takeRest(taking, nowMs);
    const { limits } = taking;
    const isLingering = this.#isLingering(limits, nowMs);
    if (isLingering) this.#dueMs = Math.min(this.#dueMs, this.#lingerEndMs(limits, nowMs));
    if (isLingering && limits.lines === 0) return null;
    const batch = await this.#harvest.lines(taking, isLingering ? limits.lines : 0);
    if (this.#view.isWaitingAt(this.position.offset)) {
      this.#flush.begin(this.#view.size, nowMs + this.#tools.flushMs);
    }
    return batch;
  }

  /**
   * The unfinished last line becomes a line once it is sure to stay so; lines that wait for others
   * do not wait longer than a while.
   */
  async #takeRest(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const isFinal = this.#view.isWhole || this.#standing.isSilent();
    if (!isFinal && !this.#flush.isOver(this.#view.size, nowMs)) return null;
    this.#flush.end(this.#view.size);
    return this.#harvest.rest(taking, isFinal ? 'final' : 'quiet');
  }

  #hasMoved(nowMs: number): void {
    this.#unreadSinceMs = this.hasUnread ? nowMs : null;
    this.#dueMs = 0;
    this.activeMs = nowMs;
  }
}

function isSamePlace(before: FilePosition, after: FilePosition): boolean {
  return before.offset === after.offset && before.generation === after.generation;
}
