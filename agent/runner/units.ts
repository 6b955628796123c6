import type { LogRecord, Parsed, SourceBatch } from '../plugins/plugin.ts';

/** What became of the lines of a batch. The three numbers together are the batch's lines. */
export interface Units {
  /** At least one record of the line goes on. */
  readonly delivered: number;
  /** It was blank or a header, or a transform dropped all its records. */
  readonly filtered: number;
  /** It made no record since it did not parse. */
  readonly parseErrors: number;
  /** For each record its line in the batch. */
  readonly lines: () => number[];
  /**
   * For each of these records, given by their places, its line in the batch when all the records of
   * that line are among them, else null.
   */
  readonly linesAllOf: (places: readonly number[]) => (number | null)[];
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
   * A transform made `after` of `before`. `from` says of which one each is; else as many in their
   * places are the same ones, changed, and of fewer, more or moved ones each is the very object that
   * it was, or new and of the line of the one before it.
   */
  changed(
    before: readonly LogRecord[],
    after: readonly LogRecord[],
    from?: readonly number[],
  ): void {
    const places = from ?? placesOf(before, after);
    if (places === null) return;
    this.#records = after.length;
    this.#lines = places.map((place) => this.#lineAt(place));
  }

  /** The line of each record, in rising order. */
  get lines(): readonly number[] {
    return Array.from({ length: this.#records }, (_, place) => this.#lineAt(place));
  }

  units({ lines }: Pick<SourceBatch, 'lines'>): Units {
    const { dropped: parseErrors, lineOf } = this.#parsed;
    const delivered =
      this.#lines === null ? parsedLines(lineOf, this.#records) : new Set(this.#lines).size;
    return {
      ...{ delivered, filtered: lines - delivered - parseErrors, parseErrors },
      lines: () => Array.from({ length: this.#records }, (_, place) => this.#lineAt(place)),
      linesAllOf: (places) => this.#linesAllOf(places),
    };
  }

  #linesAllOf(places: readonly number[]): (number | null)[] {
    if (places.length === 0) return [];
    const within = new Map<number, number>();
    for (const place of places) count(within, this.#lineAt(place));
    const all = new Map<number, number>();
    for (let place = 0; place < this.#records; place += 1) count(all, this.#lineAt(place));
    return places.map((place) => {
      const line = this.#lineAt(place);
      return within.get(line) === all.get(line) ? line : null;
    });
  }

  #lineAt(place: number): number {
    return (this.#lines ?? this.#parsed.lineOf)?.[place] ?? place;
  }
}

/** How many lines have records: a parser may make none of a line that is as it should be. */
function parsedLines(lineOf: Parsed['lineOf'], records: number): number {
  if (lineOf === null) return records;
  let lines = 0;
  let last = -1;
  for (const line of lineOf) {
    if (line !== last) lines += 1;
    last = line;
  }
  return lines;
}

/** By record of `after` the place of the one it is of; null: each is still where it was. */
function placesOf(before: readonly LogRecord[], after: readonly LogRecord[]): number[] | null {
  const isSame = (record: LogRecord, at: number) => record === before[at];
  if (before.length === after.length && after.every(isSame)) return null;
  const places = new Map(before.map((record, place) => [record, place]));
  const isInPlace = (record: LogRecord, at: number) => (places.get(record) ?? at) === at;
  if (before.length === after.length && after.every(isInPlace)) return null;
  if (before.length === 0) return [];
  let place = 0;
  return after.map((record) => {
    place = places.get(record) ?? place;
    return place;
  });
}

function count(times: Map<number, number>, line: number): void {
  times.set(line, (times.get(line) ?? 0) + 1);
}
