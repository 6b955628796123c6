import type { SourceBatch } from '../plugins/plugin.ts';
import { lineEnd } from '../records/lines.ts';
import { isBlankText, lineText } from '../records/text-lines.ts';

/** Objects of so much text die young; those of a whole batch are copied over and over before. */
const SLICE_BYTES = 64 * 1024;

/**
 * A batch, part by part: whole lines of about 64 KiB each, and at least one. Of its range a part has
 * the true start only; end and checksum stay the batch's.
 */
export function* slicesOf(batch: SourceBatch): Iterable<SourceBatch> {
  const { bytes } = batch;
  if (bytes.length <= SLICE_BYTES) {
    yield batch;
    return;
  }
  for (let start = 0, line = 0; start < bytes.length; ) {
    let end = start;
    let next = line;
    while (end < bytes.length && end - start < SLICE_BYTES) {
      end = lineEnd(batch, next, end);
      next += 1;
    }
    yield sliceOf(batch, { start, end, from: line, to: next });
    start = end;
    line = next;
  }
}

/** Bytes [start, end) that are lines [from, to). */
interface Place {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

function sliceOf(batch: SourceBatch, { start, end, from, to }: Place): SourceBatch {
  const { bytes, ends, offsets, range } = batch;
  return {
    ...batch,
    bytes: bytes.subarray(start, end),
    lines: to - from,
    ends: ends && ends.subarray(from, to).map((behind) => behind - start),
    offsets: offsets && offsets.subarray(from, to),
    range: { ...range, start: offsets?.[from] ?? range.start + start },
    firstLine: start === 0 ? batch.firstLine : (batch.firstLine ?? firstLineOf(batch)),
  };
}

/** A batch that comes without the first line of its source begins with it, after blank ones. */
function firstLineOf(batch: SourceBatch): Buffer | null {
  const { bytes } = batch;
  for (let start = 0, line = 0; start < bytes.length; line += 1) {
    const end = lineEnd(batch, line, start);
    if (!isBlankText(lineText(bytes, start, end))) return bytes.subarray(start, end);
    start = end;
  }
  return null;
}
