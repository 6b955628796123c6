import type { LogRecord, Parsed, SourceBatch } from '../plugins/plugin.ts';

/** What became of the lines of a batch. The three together are the batch's lines. */
export interface Units {
  /** At least one record of the line goes on. */
  readonly delivered: number;
  /** It was blank or a header, or a transform dropped all its records. */
  readonly filtered: number;
  /** It made no record since it did not parse. */
  readonly parseErrors: number;
}

/** Follows from which lines the records are, while transforms change them. */
export class RecordLines {
  readonly #parsed: Omit<Parsed, 'records'>;
  /** By record; null while each record is still in the place where the parser put it. */
  #lines: readonly number[] | null = null;
  #records: number;

  constructor({ records, ...parsed }: Parsed) {
    this.#parsed = parsed;
    this.#records = records.count;
  }

  /**
   * A transform made `after` of `before`: as many are the same ones, changed; of fewer or more each
   * is the very object that it was, or new and of the line of the one before it.
   */
  changed(before: readonly LogRecord[], after: readonly LogRecord[]): void {
    if (before.length === after.length) return;
    const places = new Map(before.map((record, place) => [record, place]));
    this.#records = after.length;
    let place = 0;
    this.#lines = after.flatMap((record) => {
      place = places.get(record) ?? place;
      return before.length === 0 ? [] : [this.#lineAt(place)];
    });
  }

  units(batch: SourceBatch): Units {
    const { success, errors, dropped: parseErrors } = this.#parsed;
    const delivered =
      this.#lines === null ? success + errors - parseErrors : new Set(this.#lines).size;
    return { delivered, filtered: batch.lines - delivered - parseErrors, parseErrors };
  }

  /** How many lines there are all of whose records are among these, given by their places. */
  linesWithin(places: readonly number[]): number {
    if (places.length === 0) return 0;
    const within = new Map<number, number>();
    for (const place of places) count(within, this.#lineAt(place));
    const all = new Map<number, number>();
    for (let place = 0; place < this.#records; place += 1) count(all, this.#lineAt(place));
    return [...within].filter(([line, times]) => all.get(line) === times).length;
  }

  #lineAt(place: number): number {
    return (this.#lines ?? this.#parsed.lineOf)?.[place] ?? place;
  }
}

function count(times: Map<number, number>, line: number): void {
  times.set(line, (times.get(line) ?? 0) + 1);
}
