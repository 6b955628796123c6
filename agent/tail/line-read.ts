import type { BatchLimits } from '../plugins/plugin.ts';
import type { BatchBuffers } from './batch-buffers.ts';
import { type Split, splitLines } from './line-split.ts';
import type { ReadableAt } from './readable-at.ts';

/** A longer line is cut, unless the runner names a limit of its own. */
export const LINE_BYTES_MAX = 1024 * 1024;

const FIRST_LINE_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;
/** A first guess reads somewhat more than the lines that are wanted have taken so far. */
const GUESS_FACTOR = 2;
const GUESS_GROWTH = 4;

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
  /** Bytes that the file holds after `offset`. */
  readonly available: number;
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
  buffers: BatchBuffers,
): Promise<LineRead> {
  const lineBytesMax = lineBytes === 0 ? LINE_BYTES_MAX : lineBytes;
  const most = Math.min(unread.available, bytes);
  const guess = Math.ceil(lines * unread.bytesPerLine * GUESS_FACTOR);
  let length = lines === 0 ? most : Math.min(most, guess);

  const source = { handle, unread, buffers };
  let read = await readOnce(source, { lines, length, lineBytesMax });
  while (length < most && read.lines < lines && !read.isShort) {
    length = Math.min(most, length * GUESS_GROWTH);
    buffers.giveBack(read.buffer);
    read = await readOnce(source, { lines, length, lineBytesMax });
  }
  if (read.consumed === 0 && most < unread.available) {
    length = Math.min(unread.available, lineBytesMax + 1);
    buffers.giveBack(read.buffer);
    read = await readOnce(source, { lines: 1, length, lineBytesMax });
  }
  return read;
}

/** The unfinished last line of a file, with the line break that it never got. */
export async function readLastWords(
  handle: ReadableAt,
  offset: number,
  length: number,
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length + 1);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  buffer[bytesRead] = LINE_FEED;
  return buffer.subarray(0, bytesRead + 1);
}

/** The first line of a file, or null when it is not finished or longer than 64 KiB. */
export async function readFirstLine(handle: ReadableAt): Promise<Buffer | null> {
  const buffer = Buffer.allocUnsafeSlow(FIRST_LINE_BYTES_MAX);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  return firstLineOf(buffer.subarray(0, bytesRead));
}

/** A copy: a part of a large buffer would keep all of it in memory. */
export function firstLineOf(bytes: Buffer): Buffer | null {
  const end = bytes.indexOf(LINE_FEED) + 1;
  return end === 0 || end > FIRST_LINE_BYTES_MAX ? null : Buffer.from(bytes.subarray(0, end));
}

/** Where the last line of a file begins, which may not be finished yet. */
export async function lastLineStart(
  handle: ReadableAt,
  size: number,
): Promise<{ readonly offset: number; readonly inLine: boolean }> {
  const length = Math.min(size, LINE_BYTES_MAX);
  const buffer = Buffer.allocUnsafeSlow(length);
  const { bytesRead } = await handle.read(buffer, 0, length, size - length);
  const lastBreak = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
  if (lastBreak === -1 && length < size) return { offset: size, inLine: true };
  return { offset: size - length + lastBreak + 1, inLine: false };
}

interface ReadSource {
  readonly handle: ReadableAt;
  readonly unread: Unread;
  readonly buffers: BatchBuffers;
}

interface Portion {
  readonly lines: number;
  readonly length: number;
  readonly lineBytesMax: number;
}

async function readOnce(
  { handle, unread, buffers }: ReadSource,
  { lines, length, lineBytesMax }: Portion,
): Promise<LineRead> {
  const { offset, inLine } = unread;
  const buffer = buffers.take(length);
  const { bytesRead } = await handle.read(buffer, 0, length, offset);
  const limits = { lines, inLine, lineBytes: lineBytesMax };
  const split = splitLines(buffer.subarray(0, bytesRead), limits);
  return { ...split, bytesRead, buffer, isShort: bytesRead < length };
}
