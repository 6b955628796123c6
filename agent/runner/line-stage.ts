import { messageOf } from '../../shared/kernel/errors.ts';
import type { SourceBatch } from '../plugins/plugin.ts';
import { LINE_FEED, lineEnd } from '../records/lines.ts';
import { isBlankText, lineText } from '../records/text-lines.ts';
import { addTo, noCount, type StageCount } from './counters.ts';
import type { NamedTransform } from './pipeline.ts';
import type { TransformOutcome } from './transforming.ts';

const CARRIAGE_RETURN = 0x0d;

interface ChangedLines {
  readonly batch: SourceBatch;
  readonly outcomes: readonly TransformOutcome[];
}

/** Whether a transform is at work before the parser, and never after it. */
export function isOnLines({ transform }: NamedTransform): boolean {
  return transform.applyToLine !== undefined;
}

/**
 * The batch as the parser is to see it. It has as many lines, each of the same place in the source:
 * of a line that is dropped a blank one is left, which no parser makes a record of, so that it
 * counts as filtered. Range and position are those of the source, as ever.
 */
export function changeLines(
  batch: SourceBatch,
  transforms: readonly NamedTransform[],
): ChangedLines {
  const stages = transforms.map((named) => ({ named, count: noCount() }));
  const lines: string[] = [];
  const offsets = new Float64Array(batch.lines);
  let { firstLine } = batch;
  let isBeforeFirst = firstLine === null;
  for (let start = 0; start < batch.bytes.length; ) {
    const end = lineEnd(batch, lines.length, start);
    const text = lineText(batch.bytes, start, end);
    offsets[lines.length] = batch.offsets?.[lines.length] ?? batch.range.start + start;
    const isBlank = isBlankText(text);
    const changed = isBlank ? text : changeLine(text, stages);
    if (isBeforeFirst && !isBlank) {
      isBeforeFirst = false;
      // From now on the batch comes without the first line of its source.
      if (isBlankText(changed)) firstLine = batch.bytes.subarray(start, end);
    }
    lines.push(`${changed}${lineBreak(batch.bytes, start, end)}`);
    start = end;
  }
  return {
    batch: {
      ...{ ...batch, bytes: Buffer.from(lines.join('')), ends: endsOf(lines), offsets },
      isFilled: false,
      firstLine: firstLine && changedFirstLine(firstLine, transforms),
    },
    outcomes: stages.map(({ named: { name, type }, count }) => ({ name, type, ...count })),
  };
}

interface LineStage {
  readonly named: NamedTransform;
  readonly count: StageCount;
}

/** Empty where the line is dropped. */
function changeLine(given: string, stages: readonly LineStage[]): string {
  let line = given;
  for (const { named, count } of stages) {
    try {
      const changed = named.transform.applyToLine?.(line) ?? null;
      addTo(count, 1, 0, '');
      if (changed === null) return '';
      line = changed;
    } catch (thrown) {
      addTo(count, 0, 1, `the line ${messageOf(thrown)}`);
    }
  }
  return line;
}

/**
 * Names of columns are changed as the line that they come from was; it is counted there. They are
 * those of all lines of the source, also where the line itself is dropped.
 */
function changedFirstLine(line: Buffer, transforms: readonly NamedTransform[]): Buffer {
  const names = transforms.reduce(namesAfter, lineText(line, 0, line.length));
  return Buffer.from(`${names}${lineBreak(line, 0, line.length)}`);
}

/** A transform that would leave nothing of them leaves them as they are. */
function namesAfter(names: string, { transform }: NamedTransform): string {
  try {
    const changed = transform.applyToLine?.(names) ?? '';
    return isBlankText(changed) ? names : changed;
  } catch {
    return names;
  }
}

function lineBreak(bytes: Buffer, start: number, end: number): string {
  if (bytes[end - 1] !== LINE_FEED) return '';
  return end - 2 >= start && bytes[end - 2] === CARRIAGE_RETURN ? '\r\n' : '\n';
}

/** Null where each line has one line feed, at its end. */
function endsOf(lines: readonly string[]): Uint32Array | null {
  if (lines.every((line) => line.indexOf('\n') === line.length - 1)) return null;
  const ends = new Uint32Array(lines.length);
  let end = 0;
  for (const [index, line] of lines.entries()) {
    end += Buffer.byteLength(line);
    ends[index] = end;
  }
  return ends;
}
