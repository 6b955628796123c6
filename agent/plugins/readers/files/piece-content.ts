import { AppError } from '../../../../shared/kernel/errors.ts';
import type { Encoding } from '../../../framing/encodings.ts';
import type { Content } from '../../../tail/content.ts';
import { reasonOf } from '../../../tail/found-file.ts';
import { type FilePosition, NO_HEAD } from '../../../tail/identity.ts';
import { openContent } from '../../../tail/open-content.ts';
import { type FilePiece, requireAsPlanned, vanished } from './file-piece.ts';
import { lineStartFrom } from './line-bound.ts';

/** How far a piece is known to reach. */
export interface Reach {
  readonly end: number;
  /** False: there is more than is unpacked yet. */
  readonly isEnd: boolean;
}

/** An open file of which one piece is read: its offsets are those of what it holds, unpacked. */
export class PieceContent {
  readonly file: Content;
  /** Where the first line of the piece begins. */
  readonly start: number;
  readonly #piece: FilePiece;
  /** Where the line behind the last one begins; null: the file is unpacked to see that. */
  readonly #end: number | null;

  private constructor(file: Content, piece: FilePiece, bounds: readonly [number, number | null]) {
    this.file = file;
    this.#piece = piece;
    [this.start, this.#end] = bounds;
  }

  /** @throws AppError where the file is not what was planned, or cannot be read. */
  static async open(
    piece: FilePiece,
    encoding: Encoding | null,
    signal: AbortSignal,
  ): Promise<PieceContent> {
    const file = await opened(piece.path);
    try {
      const bounds = file.isPacked ? WHOLE : await boundsOf(file, piece, { encoding, signal });
      const content = new PieceContent(file, piece, bounds);
      await content.requireAsPlanned();
      return content;
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
  }

  /** What there is from `offset` on; `wanted` bytes are enough to know. */
  async reach(offset: number, wanted: number, signal: AbortSignal): Promise<Reach> {
    if (this.#end !== null) return { end: this.#end, isEnd: true };
    for (;;) {
      signal.throwIfAborted();
      const stats = await this.file.stat();
      const extent = await this.file.extent(stats, positionAt(offset), wanted);
      if (extent === null) throw this.#damaged('it holds less than was read of it before');
      const { size: end, isPartial, isWhole } = extent;
      if (!isPartial && !isWhole) throw this.#damaged(this.file.trouble ?? 'it ends too soon');
      if (isWhole || end - offset >= wanted) return { end, isEnd: isWhole };
    }
  }

  requireAsPlanned(): Promise<void> {
    // What a compressed file begins with is not its own head.
    const piece = this.file.isPacked ? { ...this.#piece, head: null } : this.#piece;
    return requireAsPlanned(this.file, piece);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  #damaged(how: string): AppError {
    return new AppError('invalid', `${this.#piece.path} cannot be read to its end: ${how}`);
  }
}

const WHOLE = [0, null] as const;

async function opened(path: string): Promise<Content> {
  try {
    const file = await openContent(path);
    if (file !== null) return file;
  } catch (cause) {
    throw new AppError('unavailable', `cannot read ${path}: ${reasonOf(cause)}`, { cause });
  }
  throw vanished(path);
}

async function boundsOf(
  file: Content,
  { start, end, size }: FilePiece,
  { encoding, signal }: { readonly encoding: Encoding | null; readonly signal: AbortSignal },
): Promise<readonly [number, number]> {
  const from = (offset: number) => lineStartFrom(file, { offset, size, encoding }, signal);
  return [await from(start), await from(end)];
}

function positionAt(offset: number): FilePosition {
  return {
    ...{ path: '', dev: '', ino: '', generation: 0, offset, head: NO_HEAD, inLine: false },
    ...{ born: '0', read: null, last: null, packed: 0 },
  };
}
