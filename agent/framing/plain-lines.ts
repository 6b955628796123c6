import { crc32 } from 'node:zlib';
import { type FrameLimits, type Framing, LINE_FEED, NO_COUNTS, type Split } from './framing.ts';
import { utf8Cut } from './utf8-cut.ts';

/** Lines as they are in the source: UTF-8, or bytes that nobody looks at. */
export const plainLines: Framing = {
  take(buffer, limits) {
    if (limits.end !== 'final' || !hasLastWords(buffer, limits)) return splitLines(buffer, limits);
    const split = splitLines(Buffer.concat([buffer, Buffer.of(LINE_FEED)]), limits);
    const consumed = Math.min(split.consumed, buffer.length);
    return { ...split, consumed, crc: crc32(buffer.subarray(0, consumed)) };
  },
  windowBytes: (lineBytes) => lineBytes + 1,
  lastLineStart: (buffer) => buffer.lastIndexOf(LINE_FEED) + 1 || -1,
  isJoining: false,
};

/** Whether the buffer ends with a line that has no line break, is not cut and not the rest of one. */
function hasLastWords(buffer: Buffer, { lineBytes, inLine }: FrameLimits): boolean {
  const start = buffer.lastIndexOf(LINE_FEED) + 1;
  const length = buffer.length - start;
  return length > 0 && length <= lineBytes && !(inLine && start === 0);
}

/** The whole lines from `start` to `end`; `overlong` is whether one of them must be cut. */
interface WholeLines {
  readonly lines: number;
  readonly end: number;
  readonly overlong: boolean;
  readonly isFilled: boolean;
}

const BLANK = 0x20;

/**
 * Takes the whole lines at the beginning of `buffer`. No text and no object a line is made: the
 * native search makes this several gigabytes a second. Only when a line is too long are bytes
 * moved, inside `buffer` itself.
 */
function splitLines(buffer: Buffer, limits: FrameLimits): Split {
  const start = limits.inLine ? buffer.indexOf(LINE_FEED) + 1 : 0;
  if (limits.inLine && start === 0) return skipped(buffer);

  const linesMax = limits.lines === 0 ? Number.POSITIVE_INFINITY : limits.lines;
  const { lines, end, overlong, isFilled } = wholeLines(buffer, start, linesMax, limits.lineBytes);
  const restIsOverlong = lines < linesMax && buffer.length - end > limits.lineBytes;
  if (overlong || restIsOverlong) {
    return cutLines(buffer, { start, end, lines, restIsOverlong, lineBytes: limits.lineBytes });
  }
  const isShifted = start > 0 || limits.withOffsets;
  return {
    bytes: buffer.subarray(start, end),
    ...{ lines, consumed: end, inLine: false, ends: null, counts: NO_COUNTS },
    crc: crc32(buffer.subarray(0, end)),
    offsets: isShifted ? lineStarts(buffer, start, lines) : null,
    isFilled,
  };
}

function skipped(buffer: Buffer): Split {
  return {
    bytes: buffer.subarray(0, 0),
    ...{ lines: 0, consumed: buffer.length, inLine: true },
    crc: crc32(buffer),
    ...{ ends: null, offsets: null, counts: NO_COUNTS },
  };
}

function wholeLines(buffer: Buffer, start: number, linesMax: number, lineBytes: number) {
  let from = start;
  let lines = 0;
  let overlong = false;
  let isFilled = true;
  while (lines < linesMax) {
    const at = buffer.indexOf(LINE_FEED, from);
    if (at === -1) break;
    if (at - from > lineBytes) overlong = true;
    // Noticed here, where it costs next to nothing: another look at each line would double the work.
    if ((buffer[from] ?? 0) <= BLANK) isFilled = false;
    from = at + 1;
    lines += 1;
  }
  return { lines, end: from, overlong, isFilled } satisfies WholeLines;
}

function lineStarts(buffer: Buffer, start: number, lines: number): Float64Array {
  const starts = new Float64Array(lines);
  for (let line = 0, from = start; line < lines; line += 1) {
    starts[line] = from;
    from = buffer.indexOf(LINE_FEED, from) + 1;
  }
  return starts;
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
  const offsets = new Float64Array(restIsOverlong ? lines + 1 : lines);
  let to = start;
  let cut = 0;
  for (let line = 0, from = start; line < offsets.length; line += 1) {
    const at = line < lines ? buffer.indexOf(LINE_FEED, from) : consumed;
    const isOverlong = at - from > lineBytes;
    if (isOverlong) cut += 1;
    offsets[line] = from;
    to = moveLine(buffer, to, from, isOverlong ? utf8Cut(buffer, from, from + lineBytes) : at);
    from = at + 1;
  }
  return {
    bytes: buffer.subarray(start, to),
    lines: offsets.length,
    ...{ consumed, crc, inLine: restIsOverlong, ends: null, offsets },
    counts: { ...NO_COUNTS, cutLines: cut },
  };
}

/** Moves the bytes [from, until) to `to`, with a line break after them; returns where they end. */
function moveLine(buffer: Buffer, to: number, from: number, until: number): number {
  const next = to + until - from;
  if (to !== from) buffer.copyWithin(to, from, until);
  buffer[next] = LINE_FEED;
  return next + 1;
}
