import { crc32 } from 'node:zlib';
import type { SourceBatch } from '../plugins/plugin.ts';

interface BatchOf {
  readonly source: string;
  readonly origin: string;
  /** Each with its line feed. */
  readonly lines: readonly string[];
  readonly generation: number;
  /** How many bytes were handed out before. */
  readonly start: number;
  /** Of the position, given where the batch ends. */
  readonly positionAt: (end: number) => unknown;
}

/** Lines that were made, as a batch: its offsets are those of the bytes handed out so far. */
export function lineBatch({
  lines,
  start,
  generation,
  positionAt,
  ...names
}: BatchOf): SourceBatch {
  const bytes = Buffer.from(lines.join(''));
  const end = start + bytes.length;
  return {
    ...names,
    ...{ bytes, lines: lines.length, position: positionAt(end) },
    range: { generation, start, end, crc: crc32(bytes) },
    ...{ ends: null, isFilled: true, offsets: null, firstLine: null },
  };
}
