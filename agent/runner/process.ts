import type {
  Parsed,
  Parser,
  RecordForm,
  Records,
  SourceBatch,
  Unparsed,
} from '../plugins/plugin.ts';
import { editTexts } from '../records/edit-texts.ts';
import { compileEdits, type FieldEdits } from '../records/field-edits.ts';
import { gathering } from '../records/gathering.ts';
import { ObjectRecords } from '../records/object-records.ts';
import { slicesOf } from './batch-slices.ts';
import { addTo, countOf, type RunnerTotals } from './counters.ts';
import type { Enrich } from './enrich.ts';
import { changeLines, isOnLines } from './line-stage.ts';
import { PartsSum } from './parts-sum.ts';
import type { NamedTransform } from './pipeline.ts';
import { Transforming, type TransformOutcome } from './transforming.ts';
import { RecordLines, type Units } from './units.ts';

/** What became of a batch between reader and senders. */
export interface Work {
  readonly records: Records;
  readonly parsed: ParseOutcome;
  readonly transformed: readonly TransformOutcome[];
  readonly units: Units;
  /** Lines that become dead letters, each of every sender. */
  readonly unparsed: readonly Unparsed[];
}

type ParseOutcome = Pick<Parsed, 'success' | 'errors' | 'lastError'>;

interface ProcessStages {
  readonly parser: Parser;
  readonly enrich: Enrich | null;
  readonly transforms: readonly NamedTransform[];
  /** The form in which the senders take the records. */
  readonly wanted: RecordForm;
}

/**
 * Changes the lines, parses, enriches and transforms one batch, in that order (contract section 10).
 * What nothing changes goes on in the parser's own form, untouched; what can be changed as text is;
 * and where objects are needed, there are never more of them than a part of the batch makes.
 */
export function process(batch: SourceBatch, stages: ProcessStages, nowMs: number): Work {
  const onLines = stages.transforms.filter(isOnLines);
  if (onLines.length === 0) return parsedAndChanged(batch, stages, nowMs);
  const { batch: changed, outcomes } = changeLines(batch, onLines);
  const transforms = stages.transforms.filter((named) => !isOnLines(named));
  const work = parsedAndChanged(changed, { ...stages, transforms }, nowMs);
  return { ...work, transformed: [...outcomes, ...work.transformed] };
}

function parsedAndChanged(batch: SourceBatch, stages: ProcessStages, nowMs: number): Work {
  const { parser, transforms, enrich, wanted } = stages;
  const isText = parser.makesText === true || wanted === 'objects';
  if (transforms.length === 0 && enrich === null && isText)
    return parsedOnly(batch, parser, wanted);
  const edits =
    parser.makesText === true && wanted === 'ndjson' ? editsOf(stages, batch, nowMs) : null;
  return edits === null
    ? changedInParts(batch, stages, nowMs)
    : editedAsText(batch, stages, { edits, nowMs });
}

function parsedOnly(batch: SourceBatch, parser: Parser, wanted: RecordForm): Work {
  const parsed = parser.parse(batch, wanted);
  // Now, for the batch before may still be on its way.
  if (wanted === 'ndjson') parsed.records.ndjson();
  return {
    records: parsed.records,
    ...{ parsed, transformed: [], units: new RecordLines(parsed).units(batch) },
    unparsed: parsed.unparsed ?? [],
  };
}

/** All that enrichment and transforms do, as edits; null: not all of it can be. */
function editsOf({ transforms, enrich }: ProcessStages, batch: SourceBatch, nowMs: number) {
  const added = enrich === null ? [] : enrich.edits(batch, nowMs);
  if (added === null) return null;
  const edits = [...added];
  for (const { transform } of transforms) {
    if (transform.edits === undefined) return null;
    edits.push(...transform.edits);
  }
  return compileEdits(edits);
}

function editedAsText(
  batch: SourceBatch,
  { parser, transforms, enrich }: ProcessStages,
  { edits, nowMs }: { readonly edits: FieldEdits; readonly nowMs: number },
): Work {
  const parsed = parser.parse(batch, 'ndjson');
  const units = new RecordLines(parsed).units(batch);
  const transforming = new Transforming(transforms);
  const { records, edited } = editTexts(parsed.records, edits, (record) => {
    const one = { ...parsed, records: new ObjectRecords([record]) };
    enrich?.apply(one, batch, nowMs);
    return transforming.apply([record], null);
  });
  transforming.edited(edited);
  const unparsed = parsed.unparsed ?? [];
  return { records, parsed, transformed: transforming.outcomes, units, unparsed };
}

function changedInParts(batch: SourceBatch, stages: ProcessStages, nowMs: number): Work {
  const { parser, transforms, enrich, wanted } = stages;
  const transforming = new Transforming(transforms);
  const gathered = gathering(wanted, batch.bytes.length * 1.25);
  const sum = new PartsSum();
  for (const slice of slicesOf(batch)) {
    const parsed = parser.parse(slice, 'objects');
    const lines = new RecordLines(parsed);
    enrich?.apply(parsed, slice, nowMs);
    const records = transforming.apply(parsed.records.objects(), { lines, batch: slice });
    gathered.add(records);
    const units = lines.units(slice);
    sum.add({ parsed, units, lines: slice.lines, records: records.length });
  }
  return {
    records: gathered.result(),
    ...{ parsed: sum.parsed, transformed: transforming.outcomes, units: sum.units },
    unparsed: sum.unparsed,
  };
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
