import { z } from 'zod';
import { AppError } from '../../shared/kernel/errors.ts';
import type { ReaderOpening } from '../plugins/plugin.ts';
import type { SqlRows } from './sql-session.ts';
import { dateOf, type SqlReading, type SqlSource } from './sql-source.ts';
import type { TableName, TablePattern } from './table-pattern.ts';

const TABLES_MAX = 10_000;
/** Tables of earlier dates are looked at so often: what is late comes to them. */
const PAST_LOOK_MS = 60_000;
/** One that is missing for so long does not come back as what it was. */
const GONE_MS = 3_600_000;

const Kept = z.object({ table: z.tuple([z.string(), z.string()]).readonly() });

/** A table of a pattern. */
export interface FoundTable {
  readonly source: SqlSource;
  /** What tells it from another one that has its name later; empty: nothing does. */
  readonly mark: string;
  /** It was missing before, so that it is another one than the one that was read. */
  readonly isAnother: boolean;
}

/** A table that was read, and may be missing by now. */
interface BegunTable {
  readonly name: TableName;
  /** When it was first missed; null: it is there. */
  missedMs: number | null;
  /** It was told that it is gone. */
  isTold: boolean;
}

interface Candidate {
  readonly name: TableName;
  readonly date: string;
  readonly mark: string;
}

/**
 * The tables of a pattern, as they come and go. With a date in the names it is those of now; where
 * one was begun, all that are later than the first such are read, too, whatever happened meanwhile.
 */
export class TableFamily {
  readonly #reading: SqlReading;
  readonly #pattern: TablePattern;
  /** By the ids of their sources. */
  readonly #begun = new Map<string, BegunTable>();
  #pastMs: number | null = null;
  #gone: string[] = [];

  constructor(reading: SqlReading, pattern: TablePattern, { positions }: ReaderOpening) {
    this.#reading = reading;
    this.#pattern = pattern;
    for (const [id, position] of positions) {
      const kept = Kept.safeParse(position).data;
      if (kept !== undefined && reading.source.named(kept.table).id === id)
        this.#begun.set(id, begun(kept.table));
    }
  }

  /** Those that are to be looked at now, each of them begun from now on. */
  async now(): Promise<readonly FoundTable[]> {
    const { source, clock } = this.#reading;
    const candidates = await this.#candidates();
    const date = this.#pattern.dateAt(dateOf(source, clock));
    const isPastLook = this.#pastMs === null || clock.monotonicMs() - this.#pastMs >= PAST_LOOK_MS;
    if (isPastLook) this.#pastMs = clock.monotonicMs();
    const wanted = candidates.filter(
      (one) => one.date === date || (isPastLook && this.#isWantedPast(one, date)),
    );
    this.#lookForMissed(candidates);
    return wanted.map((one) => this.#found(one));
  }

  /** Those that are read whole now. */
  async whole(): Promise<readonly FoundTable[]> {
    const { source, clock } = this.#reading;
    const now = this.#pattern.dateAt(dateOf(source, clock));
    const candidates = await this.#candidates();
    this.#lookForMissed(candidates);
    return candidates
      .filter(({ date }) => date === now || (source.isWithPast && date <= now))
      .map((one) => this.#found(one));
  }

  /** It is not there, whatever the database said before. */
  miss(id: string): void {
    const missed = this.#begun.get(id);
    if (missed !== undefined) missed.missedMs ??= this.#reading.clock.monotonicMs();
  }

  /** Those that are not there any more, each told once. */
  gone(): readonly string[] {
    const gone = this.#gone;
    this.#gone = [];
    return gone;
  }

  async #candidates(): Promise<readonly Candidate[]> {
    const { source, session } = this.#reading;
    const like = [this.#pattern.group.like, this.#pattern.table.like] as const;
    const rows = textRows(await session.query(source.dialect.tables(like, TABLES_MAX + 1)));
    if (rows.length > TABLES_MAX) {
      const message = `${source.origin} is the name of more than ${TABLES_MAX} tables`;
      throw new AppError('invalid', `${message}; write a narrower one`);
    }
    const candidates = rows.flatMap(([group = '', table = '', mark = '', root = '']) => {
      const date = this.#pattern.dateOf([group, table]);
      const name: TableName = [group, table];
      return date === null ? [] : [{ name, date, mark, root }];
    });
    // The rows of a partition are those of its table, too.
    const marks = new Set(candidates.map(({ mark }) => mark));
    return candidates.filter(({ mark, root }) => root === '' || root === mark || !marks.has(root));
  }

  #isWantedPast({ name, date }: Candidate, nowDate: string): boolean {
    const { source } = this.#reading;
    if (this.#begun.has(source.named(name).id)) return true;
    if (date > nowDate) return false;
    return source.isWithPast || date >= (this.#firstDate() ?? nowDate);
  }

  /** Of the earliest table that was begun. */
  #firstDate(): string | undefined {
    const dates = [...this.#begun.values()].map(({ name }) => this.#pattern.dateOf(name));
    return dates.filter((date) => date !== null).toSorted()[0];
  }

  #found({ name, mark }: Candidate): FoundTable {
    const { source } = this.#reading;
    const named = source.named(name);
    const isAnother = (this.#begun.get(named.id)?.missedMs ?? null) !== null;
    this.#begun.set(named.id, begun(name));
    return { source: { ...source, ...named, table: name, pattern: null }, mark, isAnother };
  }

  #lookForMissed(candidates: readonly Candidate[]): void {
    const { source, clock } = this.#reading;
    const there = new Set(candidates.map(({ name }) => source.named(name).id));
    const nowMs = clock.monotonicMs();
    for (const [id, table] of this.#begun) {
      if (there.has(id)) continue;
      table.missedMs ??= nowMs;
      if (table.isTold || nowMs - table.missedMs < GONE_MS) continue;
      table.isTold = true;
      this.#gone.push(id);
    }
  }
}

function begun(name: TableName): BegunTable {
  return { name, missedMs: null, isTold: false };
}

function textRows({ columns, rows }: SqlRows): string[][] {
  return rows.map((row) => row.map((value, index) => columns[index]?.toText(value) ?? ''));
}
