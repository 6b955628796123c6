import type { FrameLimits } from '../framing/framing.ts';
import type { BatchLimits, SealedRange, SourceBatch } from '../plugins/plugin.ts';
import type { Content } from './content.ts';
import type { FollowTools } from './follow-tools.ts';
import type { FollowedFile } from './followed-file.ts';
import { renewHead } from './identity.ts';
import { type LineRead, readLines, readRest, type Unread } from './line-read.ts';
import { NO_LINES } from './progress.ts';
import { canGive, readSealed } from './sealed-read.ts';

/** Before the first batch of a file tells better. */
const BYTES_PER_LINE_FIRST = 256;

export interface Taking {
  readonly content: Content;
  readonly limits: BatchLimits;
}

/** What makes a batch. */
interface Enough {
  readonly linesMin: number;
  /** What was read is the end of a batch, also when there is no line in it. */
  readonly isEnd: boolean;
}

/** Takes lines from a file, as far as the last look has shown it, and moves its progress by them. */
export class Harvest {
  /** Lines that were too long and were cut, so far. */
  cutLines = 0;
  readonly #file: FollowedFile;
  readonly #tools: FollowTools;
  #bytesPerLine = BYTES_PER_LINE_FIRST;

  constructor(file: FollowedFile, tools: FollowTools) {
    this.#file = file;
    this.#tools = tools;
  }

  get #unread(): Unread {
    const { progress, position, backlog: available } = this.#file;
    const { batchStart } = progress;
    const { offset, inLine } = position;
    return { offset, inLine, batchStart, available, bytesPerLine: this.#bytesPerLine };
  }

  /** As many lines as the limits allow; null when there is none, or there are too few. */
  async lines({ content, limits }: Taking, linesMin: number): Promise<SourceBatch | null> {
    const read = await readLines(content, this.#unread, limits, this.#tools);
    return this.#handOut(content, read, { linesMin, isEnd: false });
  }

  /** The batch that was on its way when the process ended; null when the file cannot give it. */
  async again({ content, limits }: Taking, sealed: SealedRange): Promise<SourceBatch | null> {
    const { position, view } = this.#file;
    if (!canGive(sealed, position, view.size)) return null;
    const range = { ...sealed, inLine: position.inLine };
    const read = await readSealed(content, range, limits, this.#tools);
    if (read === null) return null;
    return this.#handOut(content, read, { linesMin: 0, isEnd: true });
  }

  /**
   * What waits for more is complete: `quiet`, lines that others could have belonged to; `final`,
   * also the last one, whose line break will not come.
   */
  async rest(
    { content, limits }: Taking,
    end: Exclude<FrameLimits['end'], 'open'>,
  ): Promise<SourceBatch | null> {
    const { lineBytes } = limits;
    const read = await readRest(content, this.#unread, { lineBytes, end }, this.#tools);
    return this.#handOut(content, read, { linesMin: 0, isEnd: end === 'final' });
  }

  /** Hands out what was read, if it is true and enough; otherwise gives the buffer back. */
  async #handOut(
    content: Content,
    read: LineRead,
    { linesMin, isEnd }: Enough,
  ): Promise<SourceBatch | null> {
    const release = (): void => this.#tools.buffers.giveBack(read.buffer);
    const { progress } = this.#file;
    if (await this.#accepts(content, read, linesMin)) {
      this.#advance(read);
      if (read.lines > 0) return { ...progress.batch(read), release };
    }
    release();
    return progress.isDue(isEnd || !this.#file.hasUnread) ? progress.batch(NO_LINES) : null;
  }

  /** Whether what was read may be handed out now: it is true, and enough. */
  async #accepts(content: Content, read: LineRead, linesMin: number): Promise<boolean> {
    if (!(await this.#isTrue(content, read))) return false;
    if (read.consumed > 0) return read.lines >= linesMin;
    this.#file.view.onlyUnfinished();
    return false;
  }

  /** Looks at the head after the lines were read: unchanged, it vouches for them. */
  async #isTrue(content: Content, read: LineRead): Promise<boolean> {
    const { position, progress, view } = this.#file;
    const head = await renewHead(content, position.head);
    if (head !== null && !read.isShort) {
      progress.learn({ head });
      return true;
    }
    if (head === null) this.#file.startAnew();
    else view.size = position.offset + read.bytesRead;
    view.distrust();
    return false;
  }

  #advance({ consumed, crc, inLine, lines, bytes, counts }: LineRead): void {
    this.#file.progress.dealtWith({ bytes: consumed, crc, inLine });
    this.cutLines += counts.cutLines;
    this.#tools.onCounts(counts);
    if (lines > 0) this.#bytesPerLine = bytes.length / lines;
  }
}
