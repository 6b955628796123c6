import { crc32 } from 'node:zlib';

const LINE_FEED = 0x0a;

export interface SplitLimits {
  /** Lines at most; 0 means no limit. */
  readonly lines: number;
  /** A longer line is cut to this many bytes, its line break not counted. */
  readonly lineBytes: number;
  /** The buffer begins inside a line whose cut beginning was handed out before. */
  readonly inLine: boolean;
}

export interface Split {
  /** `lines` whole lines, each with its line break: a part of the buffer that was given. */
  readonly bytes: Buffer;
  readonly lines: number;
  /** How many bytes of the buffer are dealt with; the rest belongs to lines still to come. */
  readonly consumed: number;
  /** crc32 of the bytes that are dealt with, as they were in the buffer. */
  readonly crc: number;
  /** How many of `lines` were cut. */
  readonly cut: number;
  /** What follows the consumed bytes still belongs to a line that was cut. */
  readonly inLine: boolean;
}

/** The whole lines from `start` to `end`; `overlong` is whether one of them must be cut. */
interface WholeLines {
  readonly lines: number;
  readonly end: number;
  readonly overlong: boolean;
}

/**
 * Takes the whole lines at the beginning of `buffer`. No text and no object a line is made: the
 * native search makes this several gigabytes a second. Only when a line is too long are bytes
 * moved, inside `buffer` itself.
 */
export function splitLines(buffer: Buffer, limits: SplitLimits): Split {
  const start = limits.inLine ? buffer.indexOf(LINE_FEED) + 1 : 0;
  if (limits.inLine && start === 0) return skipped(buffer);

  const linesMax = limits.lines === 0 ? Number.POSITIVE_INFINITY : limits.lines;
  const { lines, end, overlong } = wholeLines(buffer, start, linesMax, limits.lineBytes);
  const restIsOverlong = lines < linesMax && buffer.length - end > limits.lineBytes;
  if (overlong || restIsOverlong) {
    return cutLines(buffer, { start, end, lines, restIsOverlong, lineBytes: limits.lineBytes });
  }
  return {
    bytes: buffer.subarray(start, end),
    ...{ lines, consumed: end, cut: 0, inLine: false },
    crc: crc32(buffer.subarray(0, end)),
  };
}

function skipped(buffer: Buffer): Split {
  return {
    bytes: buffer.subarray(0, 0),
    lines: 0,
    consumed: buffer.length,
    crc: crc32(buffer),
    cut: 0,
    inLine: true,
  };
}

function wholeLines(buffer: Buffer, start: number, linesMax: number, lineBytes: number) {
  let from = start;
  let lines = 0;
  let overlong = false;
  while (lines < linesMax) {
    const at = buffer.indexOf(LINE_FEED, from);
    if (at === -1) break;
    if (at - from > lineBytes) overlong = true;
    from = at + 1;
    lines += 1;
  }
  return { lines, end: from, overlong } satisfies WholeLines;
}

interface Region {
  readonly start: number;
  readonly end: number;
  readonly lines: number;
  readonly restIsOverlong: boolean;
  readonly lineBytes: number;
}

/** Closes the gaps that cut lines leave, so that what stays is one run of bytes. */
function cutLines(buffer: Buffer, region: Region): Split {
  const { start, end, lines, restIsOverlong, lineBytes } = region;
  const consumed = restIsOverlong ? buffer.length : end;
  const crc = crc32(buffer.subarray(0, consumed));
  let to = start;
  let cut = 0;
  for (let from = start; from < end; ) {
    const at = buffer.indexOf(LINE_FEED, from);
    if (at - from > lineBytes) cut += 1;
    to = moveLine(buffer, to, from, Math.min(at, from + lineBytes));
    from = at + 1;
  }
  if (restIsOverlong) {
    to = moveLine(buffer, to, end, end + lineBytes);
    cut += 1;
  }
  return {
    bytes: buffer.subarray(start, to),
    lines: restIsOverlong ? lines + 1 : lines,
    ...{ consumed, crc, cut },
    inLine: restIsOverlong,
  };
}

/** Moves the bytes [from, until) to `to`, with a line break after them; returns where they end. */
function moveLine(buffer: Buffer, to: number, from: number, until: number): number {
  const next = to + until - from;
  if (to !== from) buffer.copyWithin(to, from, until);
  buffer[next] = LINE_FEED;
  return next + 1;
}
