import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type { ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { type KeyPoint, KeyQueries, type KeyRange } from './key-range.ts';
import { lineBatch } from './line-batch.ts';
import { rowLines } from './row-lines.ts';
import type { SqlColumn, SqlRows } from './sql-session.ts';
import { fromClause, type SqlReading } from './sql-source.ts';

const Position = z.object({
  /** Bytes of JSON handed out so far. */
  offset: z.int().nonnegative(),
  /** The key of the last row. */
  after: z.array(z.string()).readonly().nullable(),
  generation: z.int().nonnegative().default(0),
  /** Of a table of a pattern: its name, and what tells it from another one of that name. */
  table: z.tuple([z.string(), z.string()]).readonly().optional(),
  mark: z.string().optional(),
});
type Position = z.infer<typeof Position>;

/** A table that was found by a pattern. */
export interface Member {
  readonly mark: string;
  /** What is known of its name is of another table. */
  readonly isAnother: boolean;
}

/** Rows in the order of a key, each once; a row whose transaction is late is waited for. */
export class KeyedRows {
  readonly #reading: SqlReading;
  readonly #queries: KeyQueries;
  readonly #columns: readonly SqlColumn[];
  readonly #limits: ReaderOpening['limits'];
  #position: Position;
  /** Its name was never read, and is to be known before its first row. */
  #isNew: boolean;
  /** Bytes of the batch that was on its way when the process ended; 0: there was none. */
  #sealedBytes: number;

  private constructor(
    reading: SqlReading,
    { limits, sealed }: ReaderOpening,
    columns: Columns,
    start: Start,
  ) {
    this.#reading = reading;
    this.#limits = limits;
    this.#queries = columns.queries;
    this.#columns = columns.all;
    this.#position = start.position;
    this.#isNew = start.isNew;
    const seal = sealed.get(reading.source.id);
    const { generation, offset } = start.position;
    const isNext = seal?.generation === generation && seal.start === offset;
    this.#sealedBytes = isNext ? seal.end - seal.start : 0;
  }

  /** Asks for the columns; those of a table's primary key tell apart rows of the same key. */
  static async open(
    reading: SqlReading,
    opening: ReaderOpening,
    member: Member | null = null,
  ): Promise<KeyedRows> {
    const { source, session } = reading;
    const { dialect, table } = source;
    const primary = table === null ? [] : textsOf(await session.query(dialect.primaryKey(table)));
    const names = [...new Set([...source.keys, ...primary])];
    const quoted = names.map((name) => dialect.quoted(name));
    const queries = new KeyQueries(fromClause(source), quoted);
    const { columns } = await session.query(queries.describe());
    return new KeyedRows(
      reading,
      opening,
      { queries, all: columns },
      startOf(reading, opening, member),
    );
  }

  /** Of its source. */
  get id(): string {
    return this.#reading.source.id;
  }

  /** What comes before anything new: the batch that was sealed, or nothing but the position. */
  async *again(): AsyncGenerator<SourceBatch, undefined> {
    // A name that has a generation of its own keeps it, whenever the process ends.
    if (this.#isNew) yield this.#batch({ lines: [], keys: [], bytes: 0 });
    this.#isNew = false;
    // Who was sent these rows before the end knows that they are settled.
    if (this.#sealedBytes > 0) yield* this.upTo(null);
  }

  /** The key of the last row that is there now; null: there is nothing new. */
  async last(): Promise<KeyPoint | null> {
    const { rows } = await this.#ask(this.#queries.last(this.#range(null)));
    const [last] = rows;
    if (last === undefined) return null;
    return this.#columns.map((column, index) => column.toText(last[index]) ?? '');
  }

  /** The rows up to a key; null: just the batch that was sealed. */
  async *upTo(bound: KeyPoint | null): AsyncGenerator<SourceBatch, undefined> {
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
    const { id, origin } = this.#reading.source;
    const { offset: start, generation, ...known } = this.#position;
    const after = keys.at(-1) ?? known.after;
    const positionAt = (offset: number): Position => ({ ...known, offset, generation, after });
    if (lines.length > 0) this.#sealedBytes = 0;
    const batch = lineBatch({ source: id, origin, lines, generation, start, positionAt });
    this.#position = positionAt(batch.range.end);
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

interface Columns {
  readonly queries: KeyQueries;
  /** Of the key. */
  readonly all: readonly SqlColumn[];
}

interface Start {
  readonly position: Position;
  readonly isNew: boolean;
}

/** Where to begin: where it was left, unless that was another table. */
function startOf(reading: SqlReading, opening: ReaderOpening, member: Member | null): Start {
  const { id, startAfter } = reading.source;
  const known = Position.safeParse(opening.positions.get(id)).data;
  const isSame = known !== undefined && !isAnother(known, member);
  if (isSame) return { position: known, isNew: false };
  const after = startAfter.length === 0 ? null : startAfter;
  const position = { offset: 0, after, generation: 0 };
  if (member === null) return { position, isNew: false };
  const sealed = known === undefined ? opening.sealed.get(id)?.generation : undefined;
  const generation = sealed ?? reading.clock.now();
  return { position: { ...position, generation, ...namesOf(reading, member) }, isNew: true };
}

function isAnother({ mark }: Position, member: Member | null): boolean {
  if (member === null) return false;
  return member.isAnother || (mark !== undefined && mark !== member.mark);
}

function namesOf({ source: { table } }: SqlReading, { mark }: Member) {
  return { ...(table === null ? {} : { table }), ...(mark === '' ? {} : { mark }) };
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
