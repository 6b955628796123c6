import type { BatchLimits, SealedRange } from '../plugins/plugin.ts';
import type { FilePosition } from './identity.ts';
import { type LineRead, type LineTools, readRest } from './line-read.ts';
import type { ReadableAt } from './readable-at.ts';

/** No batch is longer; a range that claims to be is not read in one piece. */
export const SEALED_BYTES_MAX = 64 * 1024 * 1024;

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
 * limits have become: what waits for more at its end is complete there. Null when its lines do not
 * end there: it was cut by other rules.
 */
export async function readSealed(
  content: ReadableAt,
  { start, end, inLine }: SealedRange & { readonly inLine: boolean },
  { lineBytes }: Pick<BatchLimits, 'lineBytes'>,
  tools: LineTools,
): Promise<LineRead | null> {
  const length = end - start;
  const unread = { offset: start, inLine, batchStart: start, available: length, bytesPerLine: 0 };
  const read = await readRest(content, unread, { lineBytes, end: 'final' }, tools);
  if (read.consumed === length || read.isShort) return read;
  tools.buffers.giveBack(read.buffer);
  return null;
}
