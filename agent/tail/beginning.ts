import type { Framing } from '../framing/framing.ts';
import type { Content } from './content.ts';
import type { FoundFile } from './found-file.ts';
import { type FilePosition, NO_HEAD } from './identity.ts';
import { lastLineStart } from './line-read.ts';
import { isPacked } from './open-content.ts';
import type { ReadFrom } from './read-from.ts';
import { firstLineFrom } from './time-search.ts';

/** Finds the line to begin with in a file that had `size` bytes when it was met. */
export type SeekStart = (
  content: Content,
  size: number,
  framing: Framing,
) => Promise<{ readonly offset: number; readonly inLine: boolean }>;

/** How a file that is met for the first time is begun. */
export interface Beginning {
  readonly position: FilePosition;
  /** Null: the position says it. */
  readonly seek: SeekStart | null;
}

/** A compressed file is begun whole or not at all: nothing of it can be read out of order. */
export function beginningOf(file: FoundFile, from: ReadFrom, skipsFirstLine: boolean): Beginning {
  const isTold = from !== 'oldest';
  if (isTold && isPacked(file.path)) return { position: packedPosition(file, from), seek: null };
  const size = Number(file.stats.size);
  const first = { ...positionAt(file, 0), inLine: skipsFirstLine };
  if (!isTold || size === 0) return { position: first, seek: null };
  return { position: positionAt(file, size), seek: from === 'newest' ? lastLineStart : seek(from) };
}

/** A position in a file of which nothing else is known yet. */
export function positionAt({ path, stats }: FoundFile, offset: number): FilePosition {
  return {
    path,
    dev: String(stats.dev),
    ino: String(stats.ino),
    generation: 0,
    offset,
    head: NO_HEAD,
    inLine: false,
    born: String(stats.birthtimeNs),
    read: { from: offset, crc: 0 },
    last: null,
    packed: 0,
  };
}

function packedPosition(file: FoundFile, from: ReadFrom): FilePosition {
  const position = positionAt(file, 0);
  const isWanted = typeof from === 'object' && Number(file.stats.mtimeMs) >= from.timeMs;
  return isWanted ? position : { ...position, packed: Number(file.stats.size) };
}

function seek({ timeMs, readTime }: Exclude<ReadFrom, string>): SeekStart {
  return async (content, size, framing) => {
    const mtimeMs = Number((await content.stat()).mtimeMs);
    const offset = await firstLineFrom(timeMs, { content, size, mtimeMs }, readTime);
    // All are older; a line that is not finished yet is still to come.
    return offset === size ? lastLineStart(content, size, framing) : { offset, inLine: false };
  };
}
