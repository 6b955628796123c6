import type { SpareBuffers } from '../../shared/kernel/spare-buffers.ts';
import { type FrameLimits, type Framing, LINE_FEED, type Split } from '../framing/framing.ts';
import type { BatchLimits } from '../plugins/plugin.ts';
import type { ReadableAt } from './readable-at.ts';

/** A longer line is cut, unless the runner names a limit of its own. */
export const LINE_BYTES_MAX = 1024 * 1024;

const FIRST_LINE_BYTES_MAX = 64 * 1024;
/** A first guess reads somewhat more than the lines that are wanted have taken so far. */
const GUESS_FACTOR = 2;
const GUESS_GROWTH = 4;

/** What reading takes besides a file. */
export interface LineTools {
  readonly framing: Framing;
  /** For what is read: given back once nobody looks at it any more. */
  readonly buffers: SpareBuffers;
}

/** `offsets` are those of the file. */
export interface LineRead extends Split {
  /** The file ended before the bytes that were said to be there. */
  readonly isShort: boolean;
  readonly bytesRead: number;
  /** What `bytes` is a part of: to be given back when nobody needs it any more. */
  readonly buffer: Buffer;
}

export interface Unread {
  readonly offset: number;
  readonly inLine: boolean;
  /** Bytes that the file holds after `offset`, or that are wanted of it. */
  readonly available: number;
  /** Where the batch that will hold the lines begins: before `offset`, when there was a rest. */
  readonly batchStart: number;
  /** How long lines of this file are; a guess does. */
  readonly bytesPerLine: number;
}

/**
 * Reads as many whole lines as the limits allow. When few lines are wanted, few bytes are read. A
 * line that is longer than a whole batch may be is still handed out, alone.
 */
export async function readLines(
  handle: ReadableAt,
  unread: Unread,
  { lines, bytes, lineBytes }: BatchLimits,
  tools: LineTools,
): Promise<LineRead> {
  const { framing, buffers } = tools;
  const lineBytesMax = lineBytes === 0 ? LINE_BYTES_MAX : lineBytes;
  const most = Math.min(unread.available, bytes);
  const guess = Math.ceil(lines * unread.bytesPerLine * GUESS_FACTOR);
  let length = lines === 0 ? most : Math.min(most, guess);

  const source = { handle, unread, tools };
  const portion = { lines, lineBytesMax, end: 'open' } as const;
  let read = await readOnce(source, { ...portion, length });
  while (length < most && read.lines < lines && !read.isShort) {
    length = Math.min(most, length * GUESS_GROWTH);
    buffers.giveBack(read.buffer);
    read = await readOnce(source, { ...portion, length });
  }
  if (read.consumed === 0 && most < unread.available) {
    length = Math.min(unread.available, framing.windowBytes(lineBytesMax));
    buffers.giveBack(read.buffer);
    read = await readOnce(source, { ...portion, lines: 1, length });
  }
  return read;
}

/**
 * Reads all that is available, however many lines that is, knowing what comes after it: nothing
 * for a while (`quiet`), or nothing that belongs to it (`final`).
 */
export async function readRest(
  handle: ReadableAt,
  unread: Unread,
  { lineBytes, end }: Pick<FrameLimits, 'lineBytes' | 'end'>,
  tools: LineTools,
): Promise<LineRead> {
  const lineBytesMax = lineBytes === 0 ? LINE_BYTES_MAX : lineBytes;
  const portion = { lines: 0, length: unread.available, lineBytesMax, end };
  return readOnce({ handle, unread, tools }, portion);
}

/**
 * The first line of a file that is not blank; null when it is not finished, or ends beyond the first
 * 64 KiB.
 */
export async function readFirstLine(handle: ReadableAt, framing: Framing): Promise<Buffer | null> {
  const buffer = Buffer.allocUnsafeSlow(FIRST_LINE_BYTES_MAX);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  const limits = { lines: 0, inLine: false, atStart: true, withOffsets: false } as const;
  const lineBytes = FIRST_LINE_BYTES_MAX;
  const first = framing.take(buffer.subarray(0, bytesRead), { ...limits, lineBytes, end: 'quiet' });
  return firstLineOf(first.bytes);
}

/** The first one that is not blank. A copy: a part of a large buffer would keep all of it in memory. */
export function firstLineOf(bytes: Buffer): Buffer | null {
  for (let start = 0, end = 0; ; start = end) {
    end = bytes.indexOf(LINE_FEED, start) + 1;
    if (end === 0 || end - start > FIRST_LINE_BYTES_MAX) return null;
    const isBlank = bytes.toString('utf8', start, end).trim() === '';
    if (!isBlank) return Buffer.from(bytes.subarray(start, end));
  }
}

/** Where the last line of a file begins, which may not be finished yet. */
export async function lastLineStart(
  handle: ReadableAt,
  size: number,
  framing: Framing,
): Promise<{ readonly offset: number; readonly inLine: boolean }> {
  const start = evenBefore(Math.max(0, size - LINE_BYTES_MAX));
  const buffer = Buffer.allocUnsafeSlow(size - start);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
  const lineStart = framing.lastLineStart(buffer.subarray(0, bytesRead));
  if (lineStart === -1 && start > 0) return { offset: evenBefore(size), inLine: true };
  return { offset: start + Math.max(0, lineStart), inLine: false };
}

/** Where a character begins also in an encoding of two bytes a character. */
function evenBefore(offset: number): number {
  return offset - (offset % 2);
}

interface ReadSource {
  readonly handle: ReadableAt;
  readonly unread: Unread;
  readonly tools: LineTools;
}

interface Portion {
  readonly lines: number;
  readonly length: number;
  readonly lineBytesMax: number;
  readonly end: FrameLimits['end'];
}

async function readOnce(
  { handle, unread, tools }: ReadSource,
  { lines, length, lineBytesMax, end }: Portion,
): Promise<LineRead> {
  const { offset, inLine, batchStart } = unread;
  const buffer = tools.buffers.take(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  const split = tools.framing.take(buffer.subarray(0, bytesRead), {
    ...{ lines, inLine, end, lineBytes: lineBytesMax },
    ...{ atStart: offset === 0, withOffsets: batchStart !== offset },
  });
  const offsets = split.offsets?.map((at) => offset + at) ?? null;
  return { ...split, offsets, bytesRead, buffer, isShort: bytesRead < length };
}
