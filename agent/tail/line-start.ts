import type { FileHandle } from 'node:fs/promises';
import { LINE_BYTES_MAX } from './line-read.ts';

const LINE_FEED = 0x0a;

/**
 * The first line that starts at `offset` or behind it; null when none does: what is left is the
 * rest of a line, or a line longer than any that is read whole.
 */
export async function lineStartFrom(handle: FileHandle, offset: number): Promise<number | null> {
  if (offset === 0) return 0;
  const buffer = Buffer.allocUnsafeSlow(LINE_BYTES_MAX + 1);
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset - 1);
  const at = buffer.subarray(0, bytesRead).indexOf(LINE_FEED);
  return at < 0 ? null : offset + at;
}
