import type { FrameLimits } from './framing.ts';

/** How line feeds are written in an encoding. */
export interface LineBreaks {
  readonly newline: Buffer;
  /** Every character takes a multiple of so many bytes. */
  readonly unitBytes: 1 | 2;
}

/** The lines of a buffer, as numbers of its bytes. */
export interface SourceLines {
  readonly count: number;
  /** Where each line begins, and at last where the line after them does. */
  readonly starts: readonly number[];
  /** Where each line that was too long is cut, by its number. */
  readonly cuts: ReadonlyMap<number, number>;
  /** The last line has no line break. */
  readonly isUnfinished: boolean;
  /** The last line was cut, and its end is not in the buffer. */
  readonly inLine: boolean;
}

/**
 * Finds the lines of a buffer from `start` on.
 *
 * A line feed is looked for as bytes, without decoding. That is sound: in UTF-16 it is a unit of
 * its own, and in all the others no character of several bytes holds the byte 0x0A. The second
 * bytes of Shift_JIS, GBK and Big5 begin at 0x40, those of GB18030 at 0x30, those of EUC at 0xA1.
 */
export function findLines(
  buffer: Buffer,
  start: number,
  breaks: LineBreaks,
  limits: FrameLimits,
): SourceLines {
  const { unitBytes } = breaks;
  const lineBytes = Math.max(unitBytes, limits.lineBytes - (limits.lineBytes % unitBytes));
  const linesMax = limits.lines === 0 ? Number.POSITIVE_INFINITY : limits.lines;
  const starts = [start];
  const cuts = new Map<number, number>();
  const found = { starts, cuts, isUnfinished: false, inLine: false };
  let from = start;
  let count = 0;
  const add = (end: number, next: number): void => {
    if (end - from > lineBytes) cuts.set(count, from + lineBytes);
    starts.push(next);
    count += 1;
    from = next;
  };

  while (count < linesMax) {
    const at = indexOfBreak(buffer, from, breaks);
    if (at === -1) break;
    add(at, at + unitBytes);
  }
  const wholeEnd = buffer.length - ((buffer.length - start) % unitBytes);
  if (count < linesMax && wholeEnd - from > lineBytes) {
    add(wholeEnd, wholeEnd);
    return { ...found, count, inLine: true };
  }
  if (count < linesMax && limits.end === 'final' && buffer.length > from) {
    add(buffer.length, buffer.length);
    return { ...found, count, isUnfinished: true };
  }
  return { ...found, count };
}

/** `from` is where a character begins. */
export function indexOfBreak(
  buffer: Buffer,
  from: number,
  { newline, unitBytes }: LineBreaks,
): number {
  let at = buffer.indexOf(newline, from);
  while (at !== -1 && (at - from) % unitBytes !== 0) at = buffer.indexOf(newline, at + 1);
  return at;
}

/** The last line feed of a buffer that begins with a character, or -1. */
export function lastIndexOfBreak(buffer: Buffer, { newline, unitBytes }: LineBreaks): number {
  let at = buffer.lastIndexOf(newline);
  while (at > 0 && at % unitBytes !== 0) at = buffer.lastIndexOf(newline, at - 1);
  return at >= 0 && at % unitBytes === 0 ? at : -1;
}
