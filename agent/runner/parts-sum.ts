import type { Parsed, Unparsed } from '../plugins/plugin.ts';
import { UNPARSED_MAX } from '../records/failed-lines.ts';
import { addTo, noCount, type StageCount } from './counters.ts';
import type { Units } from './units.ts';

/** A part of a batch, after everything. */
export interface Part {
  readonly parsed: Pick<Parsed, 'success' | 'errors' | 'lastError' | 'unparsed'>;
  readonly units: Units;
  /** Lines that it is made of, and records that it made. */
  readonly lines: number;
  readonly records: number;
}

/** What came of the parts of a batch, as if it had been one. */
export class PartsSum {
  readonly parsed: StageCount = noCount();
  readonly #parts: Omit<Part, 'parsed'>[] = [];
  readonly #unparsed: Unparsed[] = [];
  #lines = 0;

  add({ parsed, units, lines, records }: Part): void {
    addTo(this.parsed, parsed.success, parsed.errors, parsed.lastError);
    for (const one of parsed.unparsed ?? []) {
      if (this.#unparsed.length > UNPARSED_MAX) break;
      this.#unparsed.push({ ...one, line: this.#lines + one.line });
    }
    this.#lines += lines;
    // Not what was parsed: its records would live as long as the batch.
    this.#parts.push({ units, lines, records });
  }

  /** By their lines in the whole. */
  get unparsed(): readonly Unparsed[] {
    return this.#unparsed;
  }

  get units(): Units {
    const sum = (of: 'delivered' | 'filtered' | 'parseErrors') =>
      this.#parts.reduce((total, { units }) => total + units[of], 0);
    return {
      delivered: sum('delivered'),
      filtered: sum('filtered'),
      parseErrors: sum('parseErrors'),
      lines: () => this.#linesOfRecords(),
      linesAllOf: (places) => this.#linesAllOf(places),
    };
  }

  #linesOfRecords(): number[] {
    let before = 0;
    return this.#parts.flatMap(({ units, lines }) => {
      const first = before;
      before += lines;
      return units.lines().map((line) => first + line);
    });
  }

  #linesAllOf(places: readonly number[]): (number | null)[] {
    const lineOf = new Map<number, number | null>();
    let record = 0;
    let line = 0;
    for (const { units, lines, records } of places.length === 0 ? [] : this.#parts) {
      const [first, firstLine] = [record, line];
      const within = places.filter((place) => place >= first && place < first + records);
      const found = units.linesAllOf(within.map((place) => place - first));
      for (const [nth, place] of within.entries()) {
        const inPart = found[nth] ?? null;
        lineOf.set(place, inPart === null ? null : firstLine + inPart);
      }
      record += records;
      line += lines;
    }
    return places.map((place) => lineOf.get(place) ?? null);
  }
}
