import type { Encoding } from '../../../framing/encodings.ts';
import { LINE_FEED } from '../../../framing/framing.ts';
import { indexOfBreak, type LineBreaks } from '../../../framing/source-lines.ts';
import type { ReadableAt } from '../../../tail/readable-at.ts';

const CHUNK_BYTES = 64 * 1024;
const UTF8_BREAKS: LineBreaks = { newline: Buffer.of(LINE_FEED), unitBytes: 1 };

/**
 * The first place from `offset` on where a line begins, which is even where characters take two
 * bytes; `size` where there is none. Whoever asks for the same place is told the same, so that
 * what one piece ends with the next one does not begin with.
 */
export async function lineStartFrom(
  file: ReadableAt,
  { offset, size, encoding }: Bound,
  signal: AbortSignal,
): Promise<number> {
  if (offset === 0 || offset >= size) return Math.min(offset, size);
  const breaks = await breaksOf(file, encoding);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (let from = offset - breaks.unitBytes; from < size; from += CHUNK_BYTES) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, from);
    const at = indexOfBreak(buffer.subarray(0, bytesRead), 0, breaks);
    if (at !== -1) return from + at + breaks.unitBytes;
    if (bytesRead < CHUNK_BYTES) break;
  }
  return size;
}

interface Bound {
  readonly offset: number;
  readonly size: number;
  /** Null for UTF-8. */
  readonly encoding: Encoding | null;
}

/** The beginning of a file tells how its line feeds are written, also where the encoding does not. */
async function breaksOf(file: ReadableAt, encoding: Encoding | null): Promise<LineBreaks> {
  if (encoding === null) return UTF8_BREAKS;
  const head = Buffer.allocUnsafe(CHUNK_BYTES);
  const { bytesRead } = await file.read(head, 0, CHUNK_BYTES, 0);
  return encoding.scriptOf(head.subarray(0, bytesRead), true);
}
