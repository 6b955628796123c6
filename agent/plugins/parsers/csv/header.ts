import { type Column, type ColumnRules, headerColumns } from './columns.ts';
import { type Dialect, rowsOf } from './rows.ts';

/** More sources than this, and the header of the one seen first is forgotten. */
const HEADERS_MAX = 10_000;
const BYTE_ORDER_MARK = '\uFEFF';

interface Header {
  readonly line: string;
  readonly columns: readonly Column[];
}

/** The header of each source: its first line, from which all its other lines get their names. */
export class Headers {
  readonly #bySource = new Map<string, Header>();
  readonly #dialect: Dialect;
  readonly #rules: ColumnRules;

  constructor(dialect: Dialect, rules: ColumnRules) {
    this.#dialect = dialect;
    this.#rules = rules;
  }

  /**
   * Splits the lines of a batch into columns and lines of values. A first line that repeats the
   * header is the header again: the source was read from its beginning once more.
   */
  apply(source: string, lines: readonly string[]): [readonly Column[], readonly string[]] {
    const [first, ...rest] = lines;
    const known = this.#bySource.get(source);
    if (first === undefined) return [known?.columns ?? [], lines];
    if (known !== undefined) return [known.columns, first === known.line ? rest : lines];

    const [names] = rowsOf([first.replace(BYTE_ORDER_MARK, '')], this.#dialect);
    const columns = headerColumns(names instanceof Error ? [] : (names ?? []), this.#rules);
    this.#remember(source, { line: first, columns });
    return [columns, rest];
  }

  #remember(source: string, header: Header): void {
    const [oldest] = this.#bySource.keys();
    if (this.#bySource.size >= HEADERS_MAX && oldest !== undefined) this.#bySource.delete(oldest);
    this.#bySource.set(source, header);
  }
}
