import type { BatchLimits, SourceBatch } from '../plugins/plugin.ts';

const LINE_FEED = 0x0a;
const BLANK = 0x20;

/** One of the values that a source hands out. */
interface PlacedValue {
  /** Null: there is none, though it has a place. */
  readonly bytes: Buffer | null;
  /** Where it stands in its source. */
  readonly offset: number;
}

/**
 * Values as lines of a batch, each with a line feed at its end, and perhaps others within. One that
 * is blank makes no line.
 */
export function valueLines(
  values: readonly PlacedValue[],
): Pick<SourceBatch, 'bytes' | 'lines' | 'ends' | 'offsets'> {
  const parts: Buffer[] = [];
  const ends: number[] = [];
  const offsets: number[] = [];
  let length = 0;
  for (const { bytes, offset } of values) {
    if (bytes === null || isBlank(bytes)) continue;
    const hasEnd = bytes[bytes.length - 1] === LINE_FEED;
    parts.push(bytes, ...(hasEnd ? [] : [Buffer.from('\n')]));
    length += bytes.length + (hasEnd ? 0 : 1);
    ends.push(length);
    offsets.push(offset);
  }
  return {
    bytes: Buffer.concat(parts),
    lines: ends.length,
    ends: Uint32Array.from(ends),
    offsets: Float64Array.from(offsets),
  };
}

/** How many of them are a batch; at least one, where there is one. */
export function countWithin(
  values: readonly Pick<PlacedValue, 'bytes'>[],
  { lines, bytes: bytesMax }: BatchLimits,
): number {
  const countMax = lines === 0 ? values.length : Math.min(lines, values.length);
  let bytes = 0;
  for (let count = 0; count < countMax; count += 1) {
    bytes += values[count]?.bytes?.length ?? 0;
    if (bytes > bytesMax && count > 0) return count;
  }
  return countMax;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= BLANK);
}
