import { pickRecords } from '../records/pick-records.ts';
import type { Work } from './process.ts';
import type { Units } from './units.ts';

/**
 * The part of a batch's work that is one sender's: the records at these places. A line whose records
 * all go elsewhere is settled here as one that is kept back, so that every line is counted at every
 * sender, and once.
 */
export function partOfWork(work: Work, places: readonly number[]): Work {
  if (places.length === work.records.count) return work;
  return { ...work, records: pickRecords(work.records, places), units: partOf(work.units, places) };
}

function partOf(units: Units, places: readonly number[]): Units {
  const all = units.lines();
  const lines = places.map((place) => all[place] ?? place);
  const delivered = new Set(lines).size;
  return {
    delivered,
    filtered: units.filtered + units.delivered - delivered,
    parseErrors: units.parseErrors,
    lines: () => lines,
    linesAllOf: (wanted) => linesAllOf(lines, wanted),
  };
}

/** As `Units.linesAllOf`, of records of these lines. */
function linesAllOf(lines: readonly number[], places: readonly number[]): (number | null)[] {
  const all = times(lines);
  const wanted = places.map((place) => lines[place] ?? place);
  const within = times(wanted);
  return wanted.map((line) => (within.get(line) === all.get(line) ? line : null));
}

function times(lines: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}
