import { addCounts, type FrameCounts, type Framing, NO_COUNTS } from '../framing/framing.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import type { Lines } from './running-source.ts';

/** A longer line is cut where the runner sets no limit of its own. */
export const LINE_BYTES_MAX = 1024 * 1024;

export interface FramedBody {
  readonly parts: readonly Lines[];
  readonly counts: FrameCounts;
}

/** Cuts a whole text into lines, in parts of which each may be a batch; it may change the buffer. */
export function linesOf(body: Buffer, framing: Framing, limits: BatchLimits): FramedBody {
  const lineBytes = limits.lineBytes === 0 ? LINE_BYTES_MAX : limits.lineBytes;
  const parts: Lines[] = [];
  let counts = NO_COUNTS;
  let inLine = false;
  let windowBytes = limits.bytes;
  for (let at = 0; at < body.length; ) {
    const window = body.subarray(at, at + windowBytes);
    const isLast = at + window.length === body.length;
    const split = framing.take(window, {
      ...{ lines: limits.lines, lineBytes, inLine, withOffsets: false, atStart: at === 0 },
      end: isLast ? 'final' : 'open',
    });
    if (split.consumed === 0 && isLast) break;
    // A line, or an event of several, that is longer than the window.
    windowBytes = split.consumed === 0 ? windowBytes * 2 : limits.bytes;
    at += split.consumed;
    inLine = split.inLine;
    counts = addCounts(counts, split.counts);
    if (split.lines > 0) parts.push(split);
  }
  return { parts, counts };
}

/** Several runs of lines as one. */
export function joinedLines(parts: readonly Lines[]): Lines {
  const [only, second] = parts;
  if (only !== undefined && second === undefined) return only;
  return {
    bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    lines: parts.reduce((sum, { lines }) => sum + lines, 0),
    ends: parts.every(({ ends }) => ends === null) ? null : joinedEnds(parts),
    isFilled: parts.every(({ isFilled }) => isFilled === true),
  };
}

const LINE_FEED = 0x0a;

function joinedEnds(parts: readonly Lines[]): Uint32Array {
  const all: number[] = [];
  let base = 0;
  for (const { bytes, ends } of parts) {
    for (const end of ends ?? lineFeedEnds(bytes)) all.push(base + end);
    base += bytes.length;
  }
  return Uint32Array.from(all);
}

function lineFeedEnds(bytes: Buffer): number[] {
  const ends: number[] = [];
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) {
    ends.push(at + 1);
  }
  return ends;
}
