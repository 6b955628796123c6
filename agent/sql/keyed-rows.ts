import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type { ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { type KeyPoint, KeyQueries, type KeyRange } from './key-range.ts';
import { lineBatch } from './line-batch.ts';
import { rowLines } from './row-lines.ts';
import { everyoneSettled } from './settled-bound.ts';
import type { SqlColumn, SqlRows } from './sql-session.ts';
import { fromClause, type SqlReading } from './sql-source.ts';

const Position = z.object({
  /** Bytes of JSON handed out so far. */
  offset: z.int().nonnegative(),
  /** The key of the last row. */
  after: z.array(z.string()).readonly().nullable(),
});
type Position = z.infer<typeof Position>;

/** Rows in the order of a key, each once; a row whose transaction is late is waited for. */
export class KeyedRows {
  readonly #reading: SqlReading;
  readonly #queries: KeyQueries;
  readonly #columns: readonly SqlColumn[];
  readonly #limits: ReaderOpening['limits'];
  #position: Position;
  /** Bytes of the batch that was on its way when the process ended; 0: there was none. */
  #sealedBytes: number;

  private constructor(
    reading: SqlReading,
    { limits, positions, sealed }: ReaderOpening,
    queries: KeyQueries,
    columns: readonly SqlColumn[],
  ) {
    this.#reading = reading;
    this.#limits = limits;
    this.#queries = queries;
    this.#columns = columns;
    const { id, startAfter } = reading.source;
    const after = startAfter.length === 0 ? null : startAfter;
    this.#position = Position.safeParse(positions.get(id)).data ?? { offset: 0, after };
    const seal = sealed.get(id);
    const isNext = seal?.start === this.#position.offset;
    this.#sealedBytes = seal !== undefined && isNext ? seal.end - seal.start : 0;
  }

  /** Asks for the columns; those of a table's primary key tell apart rows of the same key. */
  static async open(reading: SqlReading, opening: ReaderOpening): Promise<KeyedRows> {
    const { source, session } = reading;
    const { dialect, table } = source;
    const primary = table === null ? [] : textsOf(await session.query(dialect.primaryKey(table)));
    const names = [...new Set([...source.keys, ...primary])];
    const quoted = names.map((name) => dialect.quoted(name));
    const queries = new KeyQueries(fromClause(source), quoted);
    const { columns } = await session.query(queries.describe());
    return new KeyedRows(reading, opening, queries, columns);
  }

  /** Everything that is there now; ends when there is no more. */
  async *untilNow(): AsyncGenerator<SourceBatch, undefined> {
    // Who was sent these rows before the end knows that they are settled.
    if (this.#sealedBytes > 0) yield* this.#upTo(null);
    const isOver = (): boolean => this.#reading.signal.aborted;
    while (!isOver()) {
      const { rows } = await this.#ask(this.#queries.last(this.#range(null)));
      const [last] = rows;
      if (last === undefined) return;
      const bound = this.#columns.map((column, index) => column.toText(last[index]) ?? '');
      if (!(await this.#settled())) return;
      yield* this.#upTo(bound);
    }
  }

  async #settled(): Promise<boolean> {
    const { source, session, clock, signal } = this.#reading;
    const { dialect, settleMs, isWatching } = source;
    const onWaiting = (open: number) => this.#reading.waiting.on(open);
    return everyoneSettled({
      ...{ session, dialect, clock, signal, settleMs, isWatching, onWaiting },
    });
  }

  /** The rows up to a key; null: just the batch that was sealed. */
  async *#upTo(bound: KeyPoint | null): AsyncGenerator<SourceBatch, undefined> {
    let held: Held = { lines: [], keys: [], bytes: 0 };
    let from = this.#position.after;
    for (;;) {
      const page = await this.#page(from, bound);
      if (page.lines.length === 0) break;
      from = page.keys.at(-1) ?? null;
      held = joined(held, page);
      for (let cut = this.#cut(held); cut > 0; cut = this.#cut(held)) {
        yield this.#batch(first(held, cut));
        if (bound === null) return;
        held = rest(held, cut);
      }
    }
    this.#sealedBytes = 0;
    // Fewer rows than were sealed: some were deleted, and what is left is read as if it were new.
    if (held.lines.length > 0 && bound !== null) yield this.#batch(held);
  }

  async #page(after: KeyPoint | null, bound: KeyPoint | null): Promise<Held> {
    const { lines } = this.#limits;
    const { pageRows } = this.#reading.source;
    const rowsMax = lines > 0 && this.#sealedBytes === 0 ? Math.min(lines, pageRows) : pageRows;
    const range = { after: this.#literals(after), upTo: this.#literals(bound) };
    const page = await this.#ask(this.#queries.page(range, rowsMax));
    const texts = rowLines(page);
    const places = this.#columns.map(({ name }) => placeOf(name, page.columns));
    const keys = page.rows.map((row) =>
      places.map((place) => page.columns[place]?.toText(row[place]) ?? ''),
    );
    return { lines: texts, keys, bytes: bytesOf(texts) };
  }

  /** How many of the lines are a batch; 0: there may be more in it. */
  #cut({ lines, bytes }: Held): number {
    const { lines: linesMax, bytes: bytesMax } = this.#limits;
    if (this.#sealedBytes > 0) {
      return bytes < this.#sealedBytes ? 0 : countWithin(lines, this.#sealedBytes);
    }
    if (linesMax > 0 && lines.length >= linesMax) {
      return Math.min(linesMax, countWithin(lines, bytesMax));
    }
    return bytes >= bytesMax ? countWithin(lines, bytesMax) : 0;
  }

  #batch({ lines, keys }: Held): SourceBatch {
    this.#sealedBytes = 0;
    const { id, origin } = this.#reading.source;
    const after = keys.at(-1) ?? null;
    const batch = lineBatch({
      ...{ source: id, origin, lines, generation: 0, start: this.#position.offset },
      positionAt: (offset): Position => ({ offset, after }),
    });
    this.#position = { offset: batch.range.end, after };
    return batch;
  }

  #range(upTo: KeyPoint | null): KeyRange {
    return { after: this.#literals(this.#position.after), upTo };
  }

  #literals(point: KeyPoint | null): KeyPoint | null {
    if (point === null) return null;
    return point.map((text, index) => this.#columns[index]?.literal(text) ?? 'NULL');
  }

  #ask(sql: string): Promise<SqlRows> {
    return this.#reading.session.query(sql);
  }
}

/** Rows that are read and not yet handed out. */
interface Held {
  readonly lines: readonly string[];
  readonly keys: readonly (readonly string[])[];
  readonly bytes: number;
}

function joined(a: Held, b: Held): Held {
  if (a.lines.length === 0) return b;
  return {
    lines: [...a.lines, ...b.lines],
    keys: [...a.keys, ...b.keys],
    bytes: a.bytes + b.bytes,
  };
}

function first({ lines, keys }: Held, count: number): Held {
  const some = lines.slice(0, count);
  return { lines: some, keys: keys.slice(0, count), bytes: bytesOf(some) };
}

function rest({ lines, keys }: Held, count: number): Held {
  const some = lines.slice(count);
  return { lines: some, keys: keys.slice(count), bytes: bytesOf(some) };
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
}

/** How many lines fill so many bytes; at least one. */
function countWithin(lines: readonly string[], bytesMax: number): number {
  let bytes = 0;
  for (const [index, line] of lines.entries()) {
    bytes += Buffer.byteLength(line);
    if (bytes >= bytesMax) return bytes > bytesMax && index > 0 ? index : index + 1;
  }
  return lines.length;
}

function placeOf(name: string, columns: readonly SqlColumn[]): number {
  const place = columns.findIndex((column) => column.name === name);
  if (place >= 0) return place;
  throw new AppError('invalid', `the query gives no column ${name}, which is to tell its order`);
}

function textsOf({ columns, rows }: SqlRows): string[] {
  return rows.map(([value]) => columns[0]?.toText(value) ?? '').filter((text) => text !== '');
}
