import type { LogRecord, Parsed, SourceBatch } from '../plugins/plugin.ts';

/** What became of the lines of a batch. The three numbers together are the batch's lines. */
export class Units {
  /** At least one record of the line goes on. */
  readonly delivered: number;
  /** It was blank or a header, or a transform dropped all its records. */
  readonly filtered: number;
  /** It made no record since it did not parse. */
  readonly parseErrors: number;
  readonly #lines: RecordLines;

  constructor(
    { delivered, lines, parseErrors }: Record<'delivered' | 'lines' | 'parseErrors', number>,
    recordLines: RecordLines,
  ) {
    this.delivered = delivered;
    this.parseErrors = parseErrors;
    this.filtered = lines - delivered - parseErrors;
    this.#lines = recordLines;
  }

  /**
   * For each of these records, given by their places, its line in the batch when all the records of
   * that line are among them, else null.
   */
  linesAllOf(places: readonly number[]): (number | null)[] {
    return this.#lines.allOf(places);
  }
}

/** Follows from which lines the records are, while transforms change them. */
export class RecordLines {
  readonly #parsed: Parsed;
  /** By record; null while each record is still in the place where the parser put it. */
  #lines: readonly number[] | null = null;
  #records: number;

  constructor(parsed: Parsed) {
    this.#parsed = parsed;
    this.#records = parsed.records.count;
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

  units(batch: SourceBatch): Units {
    const { success, errors, dropped: parseErrors } = this.#parsed;
    const delivered =
      this.#lines === null ? success + errors - parseErrors : new Set(this.#lines).size;
    return new Units({ delivered, lines: batch.lines, parseErrors }, this);
  }

  /** See `Units.linesAllOf`. */
  allOf(places: readonly number[]): (number | null)[] {
    const whole = new Set(this.#whole(places));
    return places.map((place) => {
      const line = this.#lineAt(place);
      return whole.has(line) ? line : null;
    });
  }

  /** How many lines there are all of whose records are among these, given by their places. */
  linesWithin(places: readonly number[]): number {
    return this.#whole(places).length;
  }

  #whole(places: readonly number[]): number[] {
    if (places.length === 0) return [];
    const within = new Map<number, number>();
    for (const place of places) count(within, this.#lineAt(place));
    const all = new Map<number, number>();
    for (let place = 0; place < this.#records; place += 1) count(all, this.#lineAt(place));
    return [...within].filter(([line, times]) => all.get(line) === times).map(([line]) => line);
  }

  #lineAt(place: number): number {
    return (this.#lines ?? this.#parsed.lineOf)?.[place] ?? place;
  }
}

/** By record of `after` the place of the one it is of; null: each is still where it was. */
function placesOf(before: readonly LogRecord[], after: readonly LogRecord[]): number[] | null {
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
