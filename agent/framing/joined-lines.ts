import { crc32 } from 'node:zlib';
import type { Encoding, Script } from './encodings.ts';
import { type JoinOptions, joinLines } from './event-joiner.ts';
import { type FrameLimits, type Framing, LINE_FEED, NO_COUNTS, type Split } from './framing.ts';
import type { LogLine } from './log-line.ts';
import { type Region, regionOf } from './region.ts';
import {
  findLines,
  indexOfBreak,
  type LineBreaks,
  lastIndexOfBreak,
  type SourceLines,
} from './source-lines.ts';

export interface JoinedLinesOptions extends JoinOptions {
  /** Null for UTF-8. */
  readonly encoding: Encoding | null;
  /** What belongs together in a container's log may be spread over so many bytes. */
  readonly spreadBytes?: number;
}

const SPREAD_BYTES = 4 * 1024 * 1024;
/** Lines of the source that an event of the longest length takes, with room to spare. */
const SPREAD_LINES = 4;
/** A line of a container's log may be as long, whatever limit its text has. */
const CONTAINER_LINE_BYTES = 1024 * 1024;
const UTF8_BREAKS: LineBreaks = { newline: Buffer.of(LINE_FEED), unitBytes: 1 };
const REPLACEMENT = Buffer.from('\uFFFD');
/** The longest mark and the longest unit, and a byte to see that a line is too long. */
const SPARE_BYTES = 8;

/** A stretch of a buffer whose lines are found and decoded. */
interface Stretch {
  readonly buffer: Buffer;
  readonly lines: SourceLines;
  readonly region: Region;
  readonly limits: FrameLimits;
}

/** Lines that are decoded, put together from pieces, or joined to events of several lines. */
export class JoinedLines implements Framing {
  readonly isJoining: boolean;
  readonly #options: JoinedLinesOptions;

  constructor(options: JoinedLinesOptions) {
    this.#options = options;
    this.isJoining = options.container !== null || options.head !== null;
  }

  take(buffer: Buffer, limits: FrameLimits): Split {
    const { encoding } = this.#options;
    const script = encoding?.scriptOf(buffer, limits.atStart) ?? null;
    const start = startOf(buffer, script, limits);
    if (start === -1) return skipped(buffer, script, limits);

    const lines = findLines(buffer, start, script ?? UTF8_BREAKS, {
      ...limits,
      lines: this.isJoining ? 0 : limits.lines,
      lineBytes: this.#sourceLineBytes(limits.lineBytes),
    });
    // A mark alone is the rest of a source, too, when nothing follows it.
    const isOver = limits.inLine || limits.end === 'final';
    if (lines.count === 0 && !isOver) return nothing(buffer);
    const stretch = { buffer, lines, limits, region: regionOf(buffer, lines, script) };
    return this.isJoining ? this.#join(stretch) : decoded(stretch);
  }

  windowBytes(lineBytes: number): number {
    const spread = this.isJoining ? this.#spreadBytes(lineBytes) : 0;
    return spread + this.#sourceLineBytes(lineBytes) + SPARE_BYTES;
  }

  lastLineStart(buffer: Buffer): number {
    const script = this.#options.encoding?.scriptOf(buffer, false) ?? UTF8_BREAKS;
    const at = lastIndexOfBreak(buffer, script);
    return at === -1 ? -1 : at + script.unitBytes;
  }

  #sourceLineBytes(lineBytes: number): number {
    return this.#options.container === null ? lineBytes : Math.max(lineBytes, CONTAINER_LINE_BYTES);
  }

  #spreadBytes(lineBytes: number): number {
    const { container, spreadBytes = SPREAD_BYTES } = this.#options;
    return Math.max(lineBytes * SPREAD_LINES, container === null ? 0 : spreadBytes);
  }

  #join({ buffer, lines, limits, region }: Stretch): Split {
    const isLastBreak = limits.end !== 'open';
    const joined = joinLines(region, this.#options, {
      ...{ lines: limits.lines, lineBytes: limits.lineBytes },
      spreadBytes: this.#spreadBytes(limits.lineBytes),
      sourceStarts: lines.starts,
      // The end of a line that is cut may not be there yet, so nothing can wait for it.
      isBreak: (line) => lines.cuts.has(line) || (isLastBreak && line === lines.count - 1),
    });
    const consumedLines = joined.lines;
    const isInPlace = region.bytes === buffer && this.#options.container === null;
    const whole = region.bytes.subarray(region.starts[0], region.starts[consumedLines]);
    const cuts = new Set([...lines.cuts.keys(), ...joined.cuts]);
    return {
      bytes: isInPlace ? whole : Buffer.concat(joined.events.flatMap(({ parts }) => parts)),
      ...consumption(buffer, lines, consumedLines),
      ...{ lines: joined.events.length, ends: endsOf(joined.events) },
      offsets: offsetsOf(
        lines.starts,
        joined.events.map(({ first }) => first),
      ),
      counts: {
        cutLines: countBelow(cuts, consumedLines),
        badChars: this.#options.encoding === null ? 0 : countReplaced(whole),
        foreignLines: countBelow(joined.foreign, consumedLines),
      },
    };
  }
}

/** Where the first line begins; -1 inside a cut line that does not end in the buffer. */
function startOf(buffer: Buffer, script: Script | null, { inLine }: FrameLimits): number {
  if (!inLine) return script?.markBytes ?? 0;
  const breaks = script ?? UTF8_BREAKS;
  const at = indexOfBreak(buffer, 0, breaks);
  return at === -1 ? -1 : at + breaks.unitBytes;
}

function decoded({ buffer, lines, region }: Stretch): Split {
  const bytes = region.bytes.subarray(region.starts[0], region.starts[lines.count]);
  const firsts = lines.starts.slice(0, lines.count);
  return {
    ...{ bytes, lines: lines.count, ends: null, offsets: Float64Array.from(firsts) },
    ...consumption(buffer, lines, lines.count),
    counts: { cutLines: lines.cuts.size, badChars: countReplaced(bytes), foreignLines: 0 },
  };
}

function consumption(buffer: Buffer, lines: SourceLines, count: number) {
  const consumed = lines.starts[count] ?? 0;
  const crc = crc32(buffer.subarray(0, consumed));
  return { consumed, crc, inLine: lines.inLine && count === lines.count };
}

function nothing(buffer: Buffer): Split {
  return {
    bytes: buffer.subarray(0, 0),
    ...{ lines: 0, consumed: 0, crc: 0, inLine: false, ends: null, offsets: null },
    counts: NO_COUNTS,
  };
}

/** Whole units only, unless nothing will follow: what is left over begins a character. */
function skipped(buffer: Buffer, script: Script | null, { end }: FrameLimits): Split {
  const rest = end === 'final' ? 0 : buffer.length % (script?.unitBytes ?? 1);
  const consumed = buffer.length - rest;
  const crc = crc32(buffer.subarray(0, consumed));
  return { ...nothing(buffer), consumed, crc, inLine: true };
}

/** Null where every event has but the line feed at its end. */
function endsOf(events: readonly LogLine[]): Uint32Array | null {
  if (!events.some(({ hasBreaks }) => hasBreaks)) return null;
  let end = 0;
  return Uint32Array.from(events, ({ length }) => (end += length));
}

function offsetsOf(starts: readonly number[], firsts: readonly number[]): Float64Array {
  return Float64Array.from(firsts, (first) => starts[first] ?? 0);
}

function countBelow(numbers: Iterable<number>, limit: number): number {
  let count = 0;
  for (const number of numbers) if (number < limit) count += 1;
  return count;
}

function countReplaced(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(REPLACEMENT); at !== -1; count += 1) {
    at = text.indexOf(REPLACEMENT, at + REPLACEMENT.length);
  }
  return count;
}
