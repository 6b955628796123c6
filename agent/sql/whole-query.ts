import type { ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { lineBatch } from './line-batch.ts';
import { rowLines } from './row-lines.ts';
import { fromClause, queryOf, type SqlReading } from './sql-source.ts';

/**
 * Runs a query to its end, once, whatever was read before. Each run is a source of its own
 * generation: rows that look like those of another run are others.
 */
export async function* wholeQuery(
  { source, session, clock }: SqlReading,
  { limits }: ReaderOpening,
): AsyncGenerator<SourceBatch, undefined> {
  const { id, origin, table, pageRows } = source;
  const generation = clock.now();
  const sql = table === null ? queryOf(source, clock) : `SELECT * FROM ${fromClause(source)}`;
  const rowsMax = limits.lines > 0 ? Math.min(limits.lines, pageRows) : pageRows;
  let start = 0;
  for await (const piece of session.pieces(sql, rowsMax)) {
    for (const lines of parts(rowLines(piece), limits.bytes)) {
      const batch = lineBatch({
        ...{ source: id, origin, lines, generation, start },
        positionAt: (offset) => ({ generation, offset, ...(table === null ? {} : { table }) }),
      });
      start = batch.range.end;
      yield batch;
    }
  }
}

/** Lines, so many bytes at a time, or one. */
function* parts(lines: readonly string[], bytesMax: number): Generator<readonly string[]> {
  let part: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    part.push(line);
    bytes += line.length;
    if (bytes < bytesMax) continue;
    yield part;
    part = [];
    bytes = 0;
  }
  if (part.length > 0) yield part;
}
