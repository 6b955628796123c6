import { messageOf } from '../../shared/kernel/errors.ts';
import type { Parsed, Parser, Records, SourceBatch } from '../plugins/plugin.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { addTo, countOf, type RunnerTotals } from './counters.ts';
import type { Enrich } from './enrich.ts';
import type { NamedTransform } from './pipeline.ts';
import { RecordLines, type Units } from './units.ts';

/** What became of a batch between reader and senders. */
export interface Work {
  readonly records: Records;
  readonly parsed: Parsed;
  readonly transformed: readonly TransformOutcome[];
  readonly units: Units;
  /** How many lines there are all of whose records are among these, given by their places. */
  readonly linesWithin: (places: readonly number[]) => number;
}

interface TransformOutcome {
  readonly name: string;
  readonly type: string;
  readonly success: number;
  readonly errors: number;
  readonly lastError: string;
}

interface ProcessStages {
  readonly parser: Parser;
  readonly transforms: readonly NamedTransform[];
}

/**
 * Parses, enriches and transforms one batch, in that order (contract section 10). Without
 * transforms and enrichment the parser's own form goes on, untouched.
 */
export function process(
  batch: SourceBatch,
  { parser, transforms }: ProcessStages,
  enrich: Enrich | null,
  nowMs: number,
): Work {
  const parsed = parser.parse(batch);
  const lines = new RecordLines(parsed);
  const linesWithin = (places: readonly number[]) => lines.linesWithin(places);
  if (transforms.length === 0 && enrich === null) {
    const units = lines.units(batch);
    return { records: parsed.records, parsed, transformed: [], units, linesWithin };
  }

  enrich?.(parsed, batch, nowMs);
  let objects = parsed.records.objects();
  const transformed: TransformOutcome[] = [];
  for (const { name, type, transform } of transforms) {
    const before = objects.length;
    try {
      const { records, errors, lastError } = transform.apply(objects);
      transformed.push({ name, type, success: before - errors, errors, lastError });
      lines.changed(objects, records);
      objects = records;
    } catch (thrown) {
      // The records go on as they are: a transform that breaks must not lose them.
      const lastError = messageOf(thrown);
      transformed.push({ name, type, success: 0, errors: before, lastError });
    }
  }
  const records = new ObjectRecords(objects);
  return { records, parsed, transformed, units: lines.units(batch), linesWithin };
}

/** Counts a batch that was read, whatever becomes of it at the senders. */
export function countRead(
  totals: RunnerTotals,
  batch: SourceBatch,
  { parsed, transformed }: Work,
): void {
  totals.bytes += batch.bytes.length;
  addTo(totals.reader, batch.lines, 0, '');
  addTo(totals.parser, parsed.success, parsed.errors, parsed.lastError);
  for (const { name, success, errors, lastError } of transformed) {
    addTo(countOf(totals.transforms, name), success, errors, lastError);
  }
}
