import { crc32 } from 'node:zlib';
import type { BatchLimits, SealedRange } from '../plugins/plugin.ts';
import type { BatchBuffers } from './batch-buffers.ts';
import type { Content } from './content.ts';
import type { FilePosition } from './identity.ts';
import { type LineRead, readLastWords, readLines } from './line-read.ts';

/** No batch is longer; a range that claims to be is not read in one piece. */
const SEALED_BYTES_MAX = 64 * 1024 * 1024;

/** Whether a source that stands at `position` and holds `size` bytes can give the range again. */
export function canGive(sealed: SealedRange, position: FilePosition, size: number): boolean {
  const { generation, start, end } = sealed;
  return (
    generation === position.generation &&
    start === position.offset &&
    end > start &&
    end <= size &&
    end - start <= SEALED_BYTES_MAX
  );
}

/**
 * Reads exactly the bytes of a batch that was on its way when the process ended, whatever the
 * limits have become. Null when its lines do not end there: it was cut by other rules.
 */
export async function readSealed(
  content: Content,
  { start, end, inLine }: SealedRange & { readonly inLine: boolean },
  limits: BatchLimits,
  buffers: BatchBuffers,
): Promise<LineRead | null> {
  const length = end - start;
  const unread = { offset: start, inLine, available: length, bytesPerLine: 0 };
  const read = await readLines(content, unread, { ...limits, lines: 0, bytes: length }, buffers);
  if (read.consumed === length || read.isShort) return read;
  buffers.giveBack(read.buffer);
  return read.consumed === 0 ? lastWords(content, start, length) : null;
}

/** The rest of a file as a line of its own: it will never get its line break. */
export async function lastWords(
  content: Content,
  offset: number,
  length: number,
): Promise<LineRead> {
  const bytes = await readLastWords(content, offset, length);
  const consumed = bytes.length - 1;
  return {
    ...{ bytes, lines: 1, consumed, cut: 0, inLine: false },
    crc: crc32(bytes.subarray(0, consumed)),
    ...{ buffer: bytes, bytesRead: consumed, isShort: consumed < length },
  };
}
