import type { Parsed, SourceBatch } from '../plugins/plugin.ts';
import { lineEnd } from './lines.ts';

/**
 * The id of each record, the same however often its line is read, and in whatever batch:
 * `<source>:<generation>:<offset of its line>`, and `:<index>` where the line makes several.
 */
export function recordIds(batch: SourceBatch, { records, lineOf }: Parsed): string[] {
  return idsOfLines(batch, lineOf ?? Array.from({ length: records.count }, (_, index) => index));
}

/** The same of records that are of these lines of the batch, in rising order. */
export function idsOfLines(batch: SourceBatch, lines: readonly number[]): string[] {
  const { source, range } = batch;
  const offsets = offsetsOf(batch);
  let index = 0;
  return lines.map((line, at) => {
    const id = `${source}:${range.generation}:${offsets[line] ?? range.start}`;
    const follows = lines[at - 1] === line;
    index = follows ? index + 1 : 0;
    return follows || lines[at + 1] === line ? `${id}:${index}` : id;
  });
}

function offsetsOf(batch: SourceBatch): ArrayLike<number> {
  if (batch.offsets !== null) return batch.offsets;
  const offsets: number[] = [];
  for (let start = 0; start < batch.bytes.length; ) {
    offsets.push(batch.range.start + start);
    start = lineEnd(batch, offsets.length - 1, start);
  }
  return offsets;
}
