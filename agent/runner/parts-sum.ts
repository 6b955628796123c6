import type { Parsed } from '../plugins/plugin.ts';
import { addTo, noCount, type StageCount } from './counters.ts';
import type { RecordLines, Units } from './units.ts';

/** A part of a batch, after everything. */
export interface Part {
  readonly parsed: Pick<Parsed, 'success' | 'errors' | 'lastError'>;
  readonly lines: RecordLines;
  readonly units: Units;
  /** Records that it made. */
  readonly records: number;
}

/** What came of the parts of a batch, as if it had been one. */
export class PartsSum {
  readonly parsed: StageCount = noCount();
  units: Units = { delivered: 0, filtered: 0, parseErrors: 0 };
  readonly #parts: Pick<Part, 'lines' | 'records'>[] = [];

  add({ parsed, lines, units, records }: Part): void {
    addTo(this.parsed, parsed.success, parsed.errors, parsed.lastError);
    this.units = {
      delivered: this.units.delivered + units.delivered,
      filtered: this.units.filtered + units.filtered,
      parseErrors: this.units.parseErrors + units.parseErrors,
    };
    this.#parts.push({ lines, records });
  }

  /** As `Work.linesWithin`. */
  linesWithin(places: readonly number[]): number {
    if (places.length === 0) return 0;
    let first = 0;
    let sum = 0;
    for (const { lines, records } of this.#parts) {
      const end = first + records;
      const from = first;
      const within = places.filter((place) => place >= from && place < end);
      sum += lines.linesWithin(within.map((place) => place - from));
      first = end;
    }
    return sum;
  }
}
