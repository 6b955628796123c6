import { LineOf } from './line-of.ts';
import { type Lines, lineEnd } from './lines.ts';
import { Splices } from './splices.ts';

const BLANK = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

/** Lines of which none is blank. */
export interface FilledLines extends Lines {
  readonly count: number;
  /** Which line of those that were given each is; null: the i-th is the i-th. */
  readonly lineOf: readonly number[] | null;
}

/**
 * The lines that hold more than white space. Where all do, which is the rule, `bytes` is the very
 * buffer that was given; nothing is copied.
 */
export function withoutBlankLines(lines: Lines): FilledLines {
  const { bytes, ends } = lines;
  const splices = new Splices(bytes);
  const lineOf = new LineOf();
  const keptEnds: number[] = [];
  let cut = 0;
  for (let start = 0, index = 0; start < bytes.length; index += 1) {
    const end = lineEnd(lines, index, start);
    if (isBlank(bytes, start, end)) {
      splices.cut(start, end);
      cut += end - start;
    } else {
      lineOf.add(index);
      if (ends !== null) keptEnds.push(end - cut);
    }
    start = end;
  }
  const kept = { count: lineOf.count, lineOf: lineOf.lines };
  if (cut === 0) return { bytes, ends, ...kept };
  return { bytes: splices.result(), ends: ends && Uint32Array.from(keptEnds), ...kept };
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (!isSpace(bytes[index] ?? BLANK)) return false;
  }
  return true;
}

/** What Go's TrimSpace takes off an ASCII line; other control characters are content. */
function isSpace(byte: number): boolean {
  return byte === BLANK || (byte >= TAB && byte <= CARRIAGE_RETURN);
}
