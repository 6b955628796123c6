import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { Content } from './content.ts';
import { lookAt } from './file-looks.ts';
import { FlushWait } from './flush-wait.ts';
import type { FollowTools } from './follow-tools.ts';
import type { FollowedFile } from './followed-file.ts';
import { Harvest, type Taking } from './harvest.ts';
import type { FilePosition } from './identity.ts';
import { LINE_BYTES_MAX } from './line-read.ts';
import { NO_LINES } from './progress.ts';
import { SEALED_BYTES_MAX } from './sealed-read.ts';

/**
 * Hands out what is unread of a file, batch by batch: first what was being sent when the process
 * ended, then whole lines, and what is left at the end once it is sure to stay so. Looks at the
 * file again when all is read that was there.
 */
export class Serving {
  /** When there was last something to hand out, by the monotonic clock. */
  activeMs = 0;
  readonly #file: FollowedFile;
  readonly #harvest: Harvest;
  readonly #flush = new FlushWait();
  readonly #tools: FollowTools;
  #sealed: SealedRange | null;
  /** Since when there is something unread, by the monotonic clock. */
  #unreadSinceMs: number | null = null;

  constructor(file: FollowedFile, sealed: SealedRange | null, tools: FollowTools) {
    this.#file = file;
    this.#harvest = new Harvest(file, tools);
    this.#tools = tools;
    this.#sealed = sealed;
  }

  /** Lines that were too long and were cut, so far. */
  get cutLines(): number {
    return this.#harvest.cutLines;
  }

  /** When what waits for more lines is complete, by the monotonic clock; infinity: nothing waits. */
  get flushDueMs(): number {
    return this.#flush.dueMs;
  }

  /**
   * Null when there is none to give now; the file's `dueMs` says when to ask again.
   * @throws the system's error when the file cannot be read.
   */
  async next(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const file = this.#file;
    const isAtRest = file.standing.state === 'there' && file.backlog === 0;
    file.dueMs = nowMs + this.#tools.pollMs({ isAtRest, silentMs: nowMs - this.activeMs });
    const batch = await this.#harvestNow(taking, nowMs);
    if (batch === null && file.view.isPartial) file.dueMs = 0;
    return batch ?? this.#endOfPacked(taking.content);
  }

  async #harvestNow(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const file = this.#file;
    if (this.#mustLook(taking.limits, nowMs)) await this.#look(taking, nowMs);
    const before = file.position;
    const batch = (await this.#takeSealed(taking)) ?? (await this.#takeNext(taking, nowMs));
    if (!isSamePlace(before, file.position)) this.#hasMoved(nowMs);
    if (!file.hasUnread) file.standing.readToEnd();
    return batch;
  }

  /** A compressed file that is read to its end need not be unpacked ever again. */
  #endOfPacked(content: Content): SourceBatch | null {
    const { view, progress, position, backlog } = this.#file;
    if (!content.isPacked || !view.isWhole || backlog > 0) return null;
    const packed = view.fileBytes;
    if (position.packed === packed) return null;
    progress.learn({ packed });
    return progress.batch(NO_LINES);
  }

  #mustLook(limits: BatchLimits, nowMs: number): boolean {
    const { hasUnread, view } = this.#file;
    return !hasUnread || view.isPartial || this.#isLingering(limits, nowMs);
  }

  #isLingering({ bytes, lingerMs }: BatchLimits, nowMs: number): boolean {
    const { standing, backlog } = this.#file;
    if (lingerMs === 0 || standing.state === 'rotated' || backlog >= bytes) return false;
    return nowMs < this.#lingerEndMs({ lingerMs }, nowMs);
  }

  #lingerEndMs({ lingerMs }: Pick<BatchLimits, 'lingerMs'>, nowMs: number): number {
    return (this.#unreadSinceMs ?? nowMs) + lingerMs;
  }

  async #look({ content, limits }: Taking, nowMs: number): Promise<void> {
    const file = this.#file;
    const window = this.#tools.framing.windowBytes(limits.lineBytes || LINE_BYTES_MAX);
    const sealed = (this.#sealed?.end ?? 0) - file.position.offset;
    const wanted = Math.max(limits.bytes, window, Math.min(sealed, SEALED_BYTES_MAX));
    await lookAt(file, content, wanted);
    if (file.hasUnread) this.#unreadSinceMs ??= nowMs;
    else file.standing.readToEnd();
  }

  /** Once, and before anything else: what was being sent when the process ended. */
  async #takeSealed(taking: Taking): Promise<SourceBatch | null> {
    const sealed = this.#sealed;
    if (sealed === null) return null;
    const { view, backlog } = this.#file;
    const isAhead = view.isPartial && sealed.end > view.size;
    if (isAhead && backlog < SEALED_BYTES_MAX) return null;
    this.#sealed = null;
    return this.#harvest.again(taking, sealed);
  }

  async #takeNext(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const file = this.#file;
    if (this.#sealed !== null) return null;
    if (file.backlog === 0) return null;
    if (!file.hasUnread) return this.#takeRest(taking, nowMs);
    const { limits } = taking;
    const isLingering = this.#isLingering(limits, nowMs);
    if (isLingering) file.dueMs = Math.min(file.dueMs, this.#lingerEndMs(limits, nowMs));
    if (isLingering && limits.lines === 0) return null;
    const batch = await this.#harvest.lines(taking, isLingering ? limits.lines : 0);
    if (file.view.isWaitingAt(file.position.offset)) {
      this.#flush.begin(file.view.size, nowMs + this.#tools.flushMs);
    }
    return batch;
  }

  /**
   * The unfinished last line becomes a line once it is sure to stay so; lines that wait for others
   * do not wait longer than a while.
   */
  async #takeRest(taking: Taking, nowMs: number): Promise<SourceBatch | null> {
    const { view, standing } = this.#file;
    const isFinal = view.isWhole || standing.isSilent();
    if (!isFinal && !this.#flush.isOver(view.size, nowMs)) return null;
    this.#flush.end(view.size);
    return this.#harvest.rest(taking, isFinal ? 'final' : 'quiet');
  }

  #hasMoved(nowMs: number): void {
    this.#unreadSinceMs = this.#file.hasUnread ? nowMs : null;
    this.#file.dueMs = 0;
    this.activeMs = nowMs;
  }
}

function isSamePlace(before: FilePosition, after: FilePosition): boolean {
  return before.offset === after.offset && before.generation === after.generation;
}
