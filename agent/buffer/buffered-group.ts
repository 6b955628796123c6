import { crc32Combine } from '../../shared/kernel/crc32.ts';
import type { BufferedBatch, Seal } from '../../shared/stores/checkpoint-store.ts';

/** How much may be sent at once. */
interface GroupLimits {
  /** Lines at most; 0 means no limit. */
  readonly lines: number;
  readonly bytes: number;
}

/**
 * How many of the first `rows` make one batch: neighbours in their source, so that a sink that was
 * away for long is not sent each small batch by itself. One that was sealed, because it was being
 * sent when the process ended, is made again just as it was.
 */
export function groupLength(
  rows: readonly BufferedBatch[],
  limits: GroupLimits,
  seal: Seal | undefined,
): number {
  const [first] = rows;
  if (first === undefined) return 0;
  const sealed = seal === undefined ? 0 : sealedLength(rows, seal);
  if (sealed > 0) return sealed;

  let count = 1;
  let lines = first.units;
  let bytes = first.stored.bytes;
  for (let last = first; count < rows.length; count += 1) {
    const next = rows[count];
    if (next === undefined || !isNeighbour(last, next)) break;
    lines += next.units;
    bytes += next.stored.bytes;
    if (bytes > limits.bytes || (limits.lines > 0 && lines > limits.lines)) break;
    last = next;
  }
  return count;
}

/** The bytes of the source that the rows are, together. */
export function groupRange(rows: readonly BufferedBatch[]): BufferedBatch['range'] {
  const [first, ...others] = rows.map(({ range }) => range);
  if (first === undefined) throw new Error('a group has at least one batch');
  return others.reduce(
    (range, next) => ({
      ...range,
      end: next.end,
      crc: crc32Combine(range.crc, next.crc, next.end - next.start),
    }),
    first,
  );
}

/** Whether these bytes are among those that were sealed. */
export function isSealed(range: BufferedBatch['range'], seal: Seal | undefined): boolean {
  const isOfIt = range.source === seal?.source && range.generation === seal.generation;
  return isOfIt && range.start >= seal.start && range.end <= seal.end;
}

/** 0 where the seal is of something else. */
function sealedLength(rows: readonly BufferedBatch[], seal: Seal): number {
  const [first] = rows;
  const isThis =
    first?.range.source === seal.source &&
    first.range.generation === seal.generation &&
    first.range.start === seal.start;
  if (!isThis) return 0;
  return rows.findIndex(({ range }) => range.end === seal.end) + 1;
}

function isNeighbour(a: BufferedBatch, b: BufferedBatch): boolean {
  return (
    a.range.source === b.range.source &&
    a.range.generation === b.range.generation &&
    a.range.end === b.range.start &&
    isPlain(a) &&
    isPlain(b)
  );
}

/** Whether it may be joined to others: no sink knows it, and only line feeds tell its lines apart. */
function isPlain({ facts }: BufferedBatch): boolean {
  if (typeof facts !== 'object' || facts === null) return false;
  return !('ends' in facts) && !('offsets' in facts) && !('wasSent' in facts);
}

/** Whether the sink may have it already, from an earlier life. */
export function wasSent({ facts }: BufferedBatch): boolean {
  return typeof facts === 'object' && facts !== null && 'wasSent' in facts;
}
