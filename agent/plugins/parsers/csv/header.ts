import type { SourceBatch } from '../../plugin.ts';
import { type Column, type ColumnRules, headerColumns } from './columns.ts';
import { type Dialect, rowsOf } from './rows.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** The header of a source: its first line, from which all its other lines get their names. */
export class Headers {
  readonly #dialect: Dialect;
  readonly #rules: ColumnRules;
  /** Batches of one source follow each other: the header is seldom another one. */
  #line = '';
  #columns: readonly Column[] = [];

  constructor(dialect: Dialect, rules: ColumnRules) {
    this.#dialect = dialect;
    this.#rules = rules;
  }

  /** Splits the lines of a batch into columns and lines of values. */
  apply(
    firstLine: SourceBatch['firstLine'],
    lines: readonly string[],
  ): [readonly Column[], readonly string[]] {
    const [first = '', ...rest] = lines;
    if (firstLine === null) return [this.#columnsOf(first), rest];
    return [this.#columnsOf(firstLine.toString('utf8').replace(/\r?\n$/, '')), lines];
  }

  #columnsOf(line: string): readonly Column[] {
    if (line !== this.#line) {
      const [names] = rowsOf([line.replace(BYTE_ORDER_MARK, '')], this.#dialect);
      this.#columns = headerColumns(names instanceof Error ? [] : (names ?? []), this.#rules);
      this.#line = line;
    }
    return this.#columns;
  }
}
