import { z } from 'zod';
import { AppError, messageOf } from '../../../../shared/kernel/errors.ts';
import { addCounts, type FrameCounts, NO_COUNTS } from '../../../framing/framing.ts';
import { NO_LINES } from '../../../tail/progress.ts';
import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../../plugin.ts';
import { FilePiece } from './file-piece.ts';
import type { FilePlanner } from './file-planner.ts';
import { type PieceBatch, type PieceReading, pieceBatches } from './piece-batches.ts';

/** The files of an archive, one after the other, are one source; each is a generation of it. */
const SOURCE = 'archive';

const Position = z.object({
  /** Of the plan: what is before it was read, or is `piece`. */
  mark: z.string(),
  /** So many files were begun. */
  files: z.int().nonnegative(),
  /** The file that is not read to its end; null: there is none. */
  piece: FilePiece.nullable(),
  offset: z.int().nonnegative(),
  inLine: z.boolean(),
});
type Position = z.infer<typeof Position>;

const BEGINNING: Position = { mark: '', files: 0, piece: null, offset: 0, inLine: false };

interface ArchiveDeps extends Pick<PieceReading, 'tools' | 'encoding' | 'skipsFirstLine'> {
  readonly origin: string;
  readonly planner: FilePlanner;
  /** How often it looks for more when all is read. */
  readonly lookMs: number;
}

/** Reads all files that the planner tells of, each once and to its end, and then waits for more. */
export function openArchiveReader(
  deps: ArchiveDeps,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const reading = new ArchiveReading(deps, opening, context);
  return {
    origin: deps.origin,
    batches: reading.batches(),
    lag: () => ({ bytes: reading.leftBytes }),
    counts: () => reading.counts,
    trouble: () => reading.trouble ?? deps.planner.trouble,
  };
}

class ArchiveReading {
  trouble: string | null = null;
  counts: FrameCounts = NO_COUNTS;
  leftBytes = 0;
  readonly #deps: ArchiveDeps;
  readonly #opening: ReaderOpening;
  readonly #context: PluginContext;
  #position: Position;
  /** The file was begun before, so that its position may be in the middle of it. */
  #isResumed: boolean;

  constructor(deps: ArchiveDeps, opening: ReaderOpening, context: PluginContext) {
    const position = Position.safeParse(opening.positions.get(SOURCE));
    this.#deps = deps;
    this.#opening = opening;
    this.#context = context;
    this.#position = position.data ?? BEGINNING;
    this.#isResumed = this.#position.piece !== null;
  }

  async *batches(): AsyncGenerator<SourceBatch, undefined> {
    const { signal } = this.#opening;
    while (!signal.aborted) {
      try {
        yield* this.#next();
      } catch (thrown) {
        this.#failed(thrown);
        await this.#wait();
      }
    }
  }

  async *#next(): AsyncGenerator<SourceBatch, undefined> {
    if (this.#position.piece === null) await this.#begin();
    const { piece } = this.#position;
    if (piece === null) {
      await this.#wait();
      return;
    }
    // Which file comes next is settled before its first line is.
    if (!this.#isResumed) yield this.#announcement(piece);
    this.#isResumed = true;
    yield* this.#read(piece);
  }

  /** Takes up the next file, if there is one. */
  async #begin(): Promise<void> {
    const { planner, origin } = this.#deps;
    const { mark: before, files } = this.#position;
    const { pieces, mark } = await planner.nextPieces(before, 1, this.#opening.signal);
    const piece = FilePiece.safeParse(pieces[0]?.options).data;
    this.#isResumed = false;
    this.trouble = before === '' && piece === undefined ? `waiting for files: ${origin}` : null;
    if (piece === undefined) return;
    this.#position = { ...BEGINNING, mark, files: files + 1, piece };
  }

  async *#read(piece: FilePiece): AsyncGenerator<SourceBatch, undefined> {
    const { limits, signal, sealed } = this.#opening;
    const { offset, inLine, files } = this.#position;
    const seal = sealed.get(SOURCE);
    const { tools, encoding, skipsFirstLine } = this.#deps;
    const reading: PieceReading = {
      ...{ tools, encoding, skipsFirstLine, limits, signal },
      sealed: seal?.generation === files ? seal : null,
      onCounts: (more) => {
        this.counts = addCounts(this.counts, more);
      },
      onLeft: (bytes) => {
        this.leftBytes = bytes;
      },
    };
    const resumed = offset === 0 ? null : { offset, inLine };
    for await (const batch of pieceBatches(piece, resumed, reading)) {
      this.trouble = null;
      yield this.#handedOut(batch, piece);
    }
  }

  #handedOut({ isLast, position, range, ...batch }: PieceBatch, piece: FilePiece): SourceBatch {
    const { mark, files } = this.#position;
    const next = isLast ? null : piece;
    this.#position = { mark, files, piece: next, ...(isLast ? AT_START : position) };
    return {
      ...{ ...batch, source: SOURCE, origin: piece.path, position: this.#position },
      range: { ...range, generation: files },
    };
  }

  #announcement({ path: origin }: FilePiece): SourceBatch {
    const range = { generation: this.#position.files, start: 0, end: 0, crc: 0 };
    return {
      ...NO_LINES,
      source: SOURCE,
      origin,
      range,
      firstLine: null,
      position: this.#position,
    };
  }

  /** A file that cannot be read any more is left behind, any other is tried again. */
  #failed(thrown: unknown): void {
    this.trouble = messageOf(thrown);
    const isOver = thrown instanceof AppError && LEFT_BEHIND.has(thrown.kind);
    if (!isOver) return;
    const { log, runner } = this.#context;
    const path = this.#position.piece?.path;
    log.warn({ runner, path, err: thrown }, 'the rest of a file is left out');
    this.#position = { ...this.#position, piece: null, ...AT_START };
  }

  #wait(): Promise<void> {
    return this.#context.clock.sleep(this.#deps.lookMs, this.#opening.signal);
  }
}

const AT_START = { offset: 0, inLine: false };
const LEFT_BEHIND: ReadonlySet<string> = new Set(['conflict', 'not_found', 'invalid']);
