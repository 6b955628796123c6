const LINE_FEED = 0x0a;
const BLANK = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

/** Whole lines as bytes. */
export interface Lines {
  readonly bytes: Buffer;
  readonly lines: number;
}

/**
 * The lines that hold more than white space. Where all do, which is the rule, `bytes` is the very
 * buffer that was given; nothing is copied.
 */
export function withoutBlankLines(bytes: Buffer): Lines {
  const kept: Buffer[] = [];
  let lines = 0;
  let from = 0;
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(LINE_FEED, start);
    const end = found < 0 ? bytes.length : found + 1;
    if (isBlank(bytes, start, end)) {
      kept.push(bytes.subarray(from, start));
      from = end;
    } else {
      lines += 1;
    }
    start = end;
  }
  if (kept.length === 0) return { bytes, lines };
  kept.push(bytes.subarray(from));
  return { bytes: Buffer.concat(kept), lines };
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (!isSpace(bytes[index] ?? BLANK)) return false;
  }
  return true;
}

/** What Go's TrimSpace takes off an ASCII line; other control characters are content. */
function isSpace(byte: number): boolean {
  return byte === BLANK || (byte >= TAB && byte <= CARRIAGE_RETURN);
}
