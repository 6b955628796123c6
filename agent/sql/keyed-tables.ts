import type { ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import type { KeyPoint } from './key-range.ts';
import { KeyedRows } from './keyed-rows.ts';
import { everyoneSettled } from './settled-bound.ts';
import type { SqlReading } from './sql-source.ts';
import { isMissingTable } from './sql-trouble.ts';
import type { FoundTable, TableFamily } from './table-family.ts';

/** Tables with a key, or one, or a query: what is new in them, each read on from where it was left. */
export class KeyedTables {
  readonly #reading: SqlReading;
  readonly #opening: ReaderOpening;
  /** Null: there is one table or query. */
  readonly #family: TableFamily | null;
  readonly #rows = new Map<string, { readonly rows: KeyedRows; readonly mark: string }>();

  constructor(reading: SqlReading, opening: ReaderOpening, family: TableFamily | null) {
    this.#reading = reading;
    this.#opening = opening;
    this.#family = family;
  }

  /** Everything that is there now; ends when there is no more. */
  async *untilNow(): AsyncGenerator<SourceBatch, undefined> {
    const isOver = (): boolean => this.#reading.signal.aborted;
    while (!isOver()) {
      const tables = await this.#tables();
      for (const rows of tables) yield* this.#unlessDropped(rows, rows.again());
      const behind = await this.#behind(tables);
      // One wait is enough for all of them.
      if (behind.length === 0 || !(await this.#settled())) return;
      for (const { rows, bound } of behind) yield* this.#unlessDropped(rows, rows.upTo(bound));
    }
  }

  async #tables(): Promise<readonly KeyedRows[]> {
    if (this.#family === null) return [await this.#only()];
    const found = await this.#family.now();
    const tables: KeyedRows[] = [];
    for (const table of found) {
      const rows = await this.#of(table).catch((thrown: unknown) => {
        this.#mustBeDropped(table.source.id, thrown);
        return null;
      });
      if (rows !== null) tables.push(rows);
    }
    return tables;
  }

  /** Those in which there is something new, and up to where. */
  async #behind(tables: readonly KeyedRows[]) {
    const behind: { rows: KeyedRows; bound: KeyPoint }[] = [];
    for (const rows of tables) {
      const bound = await rows.last().catch((thrown: unknown) => {
        this.#mustBeDropped(rows.id, thrown);
        return null;
      });
      if (bound !== null) behind.push({ rows, bound });
    }
    return behind;
  }

  async *#unlessDropped(
    { id }: KeyedRows,
    batches: AsyncGenerator<SourceBatch, undefined>,
  ): AsyncGenerator<SourceBatch, undefined> {
    try {
      yield* batches;
    } catch (thrown) {
      this.#mustBeDropped(id, thrown);
    }
  }

  /** A table of a pattern may be dropped while it is read. */
  #mustBeDropped(id: string, thrown: unknown): void {
    if (this.#family === null || !isMissingTable(thrown)) throw thrown;
    this.#family.miss(id);
  }

  async #only(): Promise<KeyedRows> {
    const { id } = this.#reading.source;
    const rows = this.#rows.get(id)?.rows ?? (await KeyedRows.open(this.#reading, this.#opening));
    this.#rows.set(id, { rows, mark: '' });
    return rows;
  }

  async #of({ source, mark, isAnother }: FoundTable): Promise<KeyedRows> {
    const open = this.#rows.get(source.id);
    if (open?.mark === mark && !isAnother) return open.rows;
    const reading = { ...this.#reading, source };
    const isOther = isAnother || open !== undefined;
    const rows = await KeyedRows.open(reading, this.#opening, { mark, isAnother: isOther });
    this.#rows.set(source.id, { rows, mark });
    return rows;
  }

  async #settled(): Promise<boolean> {
    const { source, session, clock, signal, waiting } = this.#reading;
    const { dialect, settleMs, isWatching } = source;
    const onWaiting = (open: number) => waiting.on(open);
    return everyoneSettled({
      ...{ session, dialect, clock, signal, settleMs, isWatching, onWaiting },
    });
  }
}
