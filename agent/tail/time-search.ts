import type { FileHandle } from 'node:fs/promises';
import { LINE_LOOK_BYTES, lineTime } from './line-time.ts';
import type { ReadableAt } from './readable-at.ts';
import { type ReadTime, timeReader } from './written-time.ts';

/** A file without a time in its first MiB is taken for one without times. */
const TIMELESS_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

export interface TimedFile {
  readonly content: ReadableAt;
  readonly size: number;
  /** When it was last written to. */
  readonly mtimeMs: number;
}

/**
 * Where the first line of that time or later starts; `size` when all are older. Lines are in the
 * order of their times, as logs are; one without a time belongs to the line before it. A file
 * without times that can be read is begun whole when it was written to at that time or later, and
 * else not at all.
 *
 * @throws the system's error when the file cannot be read.
 */
export async function firstLineFrom(
  timeMs: number,
  { content, size, mtimeMs }: TimedFile,
  readTime: ReadTime,
): Promise<number> {
  const timed = { content, timeOf: (line: Buffer) => lineTime(line, readTime, mtimeMs) };
  const first = await nextTimed(timed, 0, Math.min(size, TIMELESS_BYTES));
  if (first === null) return mtimeMs >= timeMs ? 0 : size;
  if (first.ms >= timeMs) return first.start;

  // All lines that start before `low` are older; `answer` is the first that is not and starts
  // at `high` or behind it. A stretch without times is looked through once only.
  let low = first.start + 1;
  let high = size;
  let answer = size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await nextTimed(timed, middle, high);
    if (line !== null && line.ms < timeMs) {
      low = line.start + 1;
      continue;
    }
    if (line !== null) answer = line.start;
    high = middle;
  }
  return answer;
}

/** The same for an open file, by the layouts that are known everywhere. */
export async function lineAtTime(
  handle: FileHandle,
  size: number,
  timeMs: number,
  layouts: readonly string[] = [],
): Promise<number> {
  const { mtimeMs } = await handle.stat();
  return firstLineFrom(timeMs, { content: handle, size, mtimeMs }, timeReader(layouts));
}

interface TimedContent {
  readonly content: ReadableAt;
  readonly timeOf: (line: Buffer) => number | null;
}

/** The first line with a time that starts in [from, end). */
async function nextTimed({ content, timeOf }: TimedContent, from: number, end: number) {
  for await (const { start, line } of linesIn(content, from, end)) {
    const ms = timeOf(line);
    if (ms !== null) return { start, ms };
  }
  return null;
}

/** Lines that start in [from, end), as far as one looks at them; good until the next is asked. */
async function* linesIn(content: ReadableAt, from: number, end: number) {
  const buffer = Buffer.allocUnsafe(LINE_LOOK_BYTES);
  const read = async (at: number) => {
    const { bytesRead } = await content.read(buffer, 0, buffer.length, at);
    return buffer.subarray(0, bytesRead);
  };
  let at = from === 0 ? 0 : await nextStart(read, from - 1);
  while (at < end) {
    const piece = await read(at);
    if (piece.length === 0) return;
    let begin = 0;
    for (let to = piece.indexOf(LINE_FEED); to !== -1; to = piece.indexOf(LINE_FEED, begin)) {
      yield { start: at + begin, line: piece.subarray(begin, to) };
      begin = to + 1;
      if (at + begin >= end) return;
    }
    if (begin === 0) yield { start: at, line: piece };
    at = begin > 0 ? at + begin : await nextStart(read, at + piece.length);
  }
}

/** Where the first line starts whose line break before it is at `from` or behind. */
async function nextStart(read: (at: number) => Promise<Buffer>, from: number): Promise<number> {
  for (let at = from; ; ) {
    const piece = await read(at);
    if (piece.length === 0) return Number.POSITIVE_INFINITY;
    const found = piece.indexOf(LINE_FEED);
    if (found !== -1) return at + found + 1;
    at += piece.length;
  }
}
