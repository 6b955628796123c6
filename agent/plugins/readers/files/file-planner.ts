import { open } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { NextPieces, PiecePlanner } from '../../../../shared/coordinator/processor.ts';
import type { Clock } from '../../../../shared/kernel/clock.ts';
import { oldestFirst } from '../../../tail/folder-files.ts';
import type { FoundFile } from '../../../tail/found-file.ts';
import { NO_HEAD, renewHead } from '../../../tail/identity.ts';
import type { FilePiece } from './file-piece.ts';
import { LateFiles } from './late-files.ts';
import { type Mark, markOf, orderOf } from './mark.ts';

export interface FilePlannerOptions {
  readonly discover: () => Promise<readonly FoundFile[]>;
  /** How many bytes of a file make a piece; infinity: it is not cut. */
  readonly pieceBytes: (path: string) => number;
  /** A file that was not written to for so long is finished. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly runner: string;
}

/** Plans finished files, by the times of their last writes and then by their paths. */
export class FilePlanner implements PiecePlanner {
  readonly #options: FilePlannerOptions;
  readonly #late: LateFiles;

  constructor(options: FilePlannerOptions) {
    this.#options = options;
    this.#late = new LateFiles(options.log, options.runner);
  }

  /** What is left out because it came too late; null: nothing. */
  get trouble(): string | null {
    return this.#late.trouble;
  }

  async nextPieces(markText: string, limit: number, signal: AbortSignal): Promise<NextPieces> {
    const files = oldestFirst(await this.#options.discover());
    const mark = markOf(markText);
    this.#late.look(files, mark, markText);
    const { pieces, reached } = await this.#behind(files, { mark, limit, signal });
    const markAfter = reached === null ? '' : JSON.stringify(reached);
    this.#late.planned(markAfter);
    return { pieces: pieces.map((options) => ({ options })), mark: markAfter };
  }

  async #behind(files: readonly FoundFile[], { mark, limit, signal }: Behind) {
    const pieces: FilePiece[] = [];
    let reached = mark;
    for (const file of files) {
      signal.throwIfAborted();
      // Those behind it were written to even later.
      if (pieces.length >= limit || !this.#isFinished(file)) break;
      const planned = mark === null ? 0 : plannedOf(file, mark);
      if (planned === null) continue;
      const more = await this.#piecesOf(file, planned, limit - pieces.length);
      pieces.push(...more);
      const offset = more.at(-1)?.end ?? planned;
      reached = { mtimeNs: String(file.stats.mtimeNs), path: file.path, offset };
    }
    return { pieces, reached };
  }

  #isFinished({ stats }: FoundFile): boolean {
    const { settleMs, clock } = this.#options;
    return settleMs === 0 || clock.now() - Number(stats.mtimeNs / NS_A_MS) >= settleMs;
  }

  async #piecesOf({ path, stats }: FoundFile, from: number, most: number): Promise<FilePiece[]> {
    const size = Number(stats.size);
    if (from >= size) return [];
    const head = await headOf(path);
    const bytes = this.#options.pieceBytes(path);
    const pieces: FilePiece[] = [];
    for (let start = from; start < size && pieces.length < most; ) {
      const end = Math.min(size, start + bytes);
      pieces.push({ path, start, end, size, mtimeNs: String(stats.mtimeNs), head });
      start = end;
    }
    return pieces;
  }
}

interface Behind {
  readonly mark: Mark | null;
  readonly limit: number;
  readonly signal: AbortSignal;
}

const NS_A_MS = 1_000_000n;

/** How many bytes of it are planned; null: it is before the mark, as a whole. */
function plannedOf(file: FoundFile, mark: Mark): number | null {
  const order = orderOf(file, mark);
  if (order < 0) return null;
  return order === 0 ? mark.offset : 0;
}

/** Null: it cannot be read, which whoever reads the piece finds, too. */
async function headOf(path: string): Promise<FilePiece['head']> {
  try {
    await using file = await open(path);
    return await renewHead(file, NO_HEAD);
  } catch {
    return null;
  }
}
