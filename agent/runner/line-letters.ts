import type { DeadLetter } from '../../shared/stores/checkpoint-store.ts';
import type { SourceBatch } from '../plugins/plugin.ts';
import { lineEnd } from '../records/lines.ts';
import { lineText } from '../records/text-lines.ts';
import { lineLetterText } from './letter-content.ts';
import type { LetterAddress, Parcel } from './parcel.ts';

/**
 * Dead letters of the lines that did not parse, as the source has them, whatever was done to them
 * before the parser. Each is at its own place in the source, and the only unit of that.
 */
export function lineLettersOf(
  { batch, work }: Parcel,
  { sender, nowMs, name }: LetterAddress,
): DeadLetter[] {
  if (work.unparsed.length === 0) return [];
  const { source, origin, range } = batch;
  const lines = linesAt(batch, new Set(work.unparsed.map(({ line }) => line)));
  return work.unparsed.flatMap(({ line, reason, head = null }) => {
    const found = lines.get(line);
    if (found === undefined) return [];
    const { text, start, end } = found;
    return {
      ...{ sender, source, origin, generation: range.generation, start, end, unit: 0 },
      ...{ record: lineLetterText({ text, head }), reason, atMs: nowMs },
      name: `${name}.line-${line}`,
    };
  });
}

interface PlacedLine {
  readonly text: string;
  /** In the source. */
  readonly start: number;
  readonly end: number;
}

function linesAt(batch: SourceBatch, wanted: ReadonlySet<number>): Map<number, PlacedLine> {
  const { bytes, offsets, range } = batch;
  const placeOf = (line: number, at: number) =>
    at === bytes.length ? range.end : (offsets?.[line] ?? range.start + at);
  const found = new Map<number, PlacedLine>();
  for (let at = 0, line = 0; at < bytes.length && found.size < wanted.size; line += 1) {
    const behind = lineEnd(batch, line, at);
    if (wanted.has(line)) {
      const [start, end] = [placeOf(line, at), placeOf(line + 1, behind)];
      found.set(line, { text: lineText(bytes, at, behind), start, end });
    }
    at = behind;
  }
  return found;
}
