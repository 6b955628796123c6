/** Where the reader stands: a value for each column of the key, as SQL. */
export type KeyPoint = readonly string[];

/** Rows behind `after` (all, when null) up to and with `upTo` (no end, when null). */
export interface KeyRange {
  readonly after: KeyPoint | null;
  readonly upTo: KeyPoint | null;
}

/** Of one table or query: its rows in the order of a key. */
export class KeyQueries {
  readonly #from: string;
  readonly #keys: readonly string[];

  /** `from`: a table or a query in brackets; `keys`: columns, quoted already. */
  constructor(from: string, keys: readonly string[]) {
    this.#from = from;
    this.#keys = keys;
  }

  /** No row, only what the columns of the key are. */
  describe(): string {
    return `SELECT ${this.#keys.join(', ')} FROM ${this.#from} WHERE 1 = 0`;
  }

  /** The key of the last row. */
  last(range: KeyRange): string {
    const order = this.#keys.map((key) => `${key} DESC`).join(', ');
    return `SELECT ${this.#keys.join(', ')} FROM ${this.#from} ${this.#where(range)} ORDER BY ${order} LIMIT 1`;
  }

  page(range: KeyRange, rowsMax: number): string {
    const order = this.#keys.join(', ');
    return `SELECT * FROM ${this.#from} ${this.#where(range)} ORDER BY ${order} LIMIT ${rowsMax}`;
  }

  #where({ after, upTo }: KeyRange): string {
    const conditions = this.#keys.map((key) => `${key} IS NOT NULL`);
    if (after !== null) conditions.push(...beyond(this.#keys, after, '>'));
    if (upTo !== null) conditions.push(...beyond(this.#keys, upTo, '<'));
    return `WHERE ${conditions.join(' AND ')}`;
  }
}

/**
 * The rows on one side of a point; with `<` the point itself, too, and with `>` where the point says
 * nothing of the last columns. The first condition says nothing
 * new, but can be looked up in an index of the first column.
 */
function beyond(keys: readonly string[], point: KeyPoint, sign: '<' | '>'): string[] {
  const [key = '', ...rest] = keys;
  const [value = '', ...others] = point;
  if (rest.length === 0) return [`${key} ${sign === '<' ? '<=' : '>'} ${value}`];
  if (others.length === 0) return [`${key} ${sign}= ${value}`];
  const behind = beyond(rest, others, sign).join(' AND ');
  return [`${key} ${sign}= ${value}`, `(${key} ${sign} ${value} OR (${behind}))`];
}
