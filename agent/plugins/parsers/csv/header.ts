import type { SourceBatch } from '../../plugin.ts';
import { type Column, type ColumnRules, headerColumns } from './columns.ts';
import { type Dialect, rowsOf } from './rows.ts';

const BYTE_ORDER_MARK = '\uFEFF';

interface Header {
  readonly columns: readonly Column[];
  readonly lines: 0 | 1;
  /** The header itself. */
  readonly text: string;
}

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

  /** The columns of a batch's lines, and how many of the lines are the header. */
  of(firstLine: SourceBatch['firstLine'], lines: readonly string[]): Header {
    if (firstLine === null) {
      const text = lines[0] ?? '';
      return { columns: this.#columnsOf(text), lines: 1, text };
    }
    const text = firstLine.toString('utf8').replace(/\r?\n$/, '');
    return { columns: this.#columnsOf(text), lines: 0, text };
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
