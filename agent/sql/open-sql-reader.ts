import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { KeyedTables } from './keyed-tables.ts';
import type { SqlSession } from './sql-session.ts';
import type { SqlReading, SqlSource } from './sql-source.ts';
import { isMissingTable } from './sql-trouble.ts';
import { TableFamily } from './table-family.ts';
import { turns } from './turns.ts';
import { whileConnected } from './while-connected.ts';
import { wholeQuery } from './whole-query.ts';

/** So long transactions of others are waited for before anybody is told. */
const WAIT_TOLD_MS = 30_000;

/** A reader of the rows of tables or of a query, connected when it is first pulled. */
export function openSqlReader(
  source: SqlSource,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const waiting = new Waiting(context);
  const gone = new Gone();
  return {
    origin: source.origin,
    batches: whileConnected(source, opening.signal, (session) =>
      batchesBy(session, source, opening, { context, waiting, gone }),
    ),
    // How many rows are missing would cost a look at all of them.
    lag: () => ({ bytes: 0 }),
    trouble: () => waiting.trouble,
    gone: () => gone.family?.gone() ?? [],
  };
}

interface Surroundings {
  readonly context: PluginContext;
  readonly waiting: Waiting;
  readonly gone: Gone;
}

async function* batchesBy(
  session: SqlSession,
  source: SqlSource,
  opening: ReaderOpening,
  { context: { clock }, waiting, gone }: Surroundings,
): AsyncGenerator<SourceBatch, undefined> {
  const { signal } = opening;
  const reading: SqlReading = { source, session, clock, signal, waiting };
  const { cron, pollMs, isRunAtStart: isAtStart, keys, pattern } = source;
  const family = pattern === null ? null : new TableFamily(reading, pattern, opening);
  gone.family = family;
  const tables = keys.length === 0 ? null : new KeyedTables(reading, opening, family);
  const due = turns({ cron, pollMs: tables === null ? 0 : pollMs, isAtStart, clock, signal });
  while ((await due.next()).done !== true) {
    yield* tables?.untilNow() ?? wholeTables(reading, opening, family);
  }
}

async function* wholeTables(
  reading: SqlReading,
  opening: ReaderOpening,
  family: TableFamily | null,
): AsyncGenerator<SourceBatch, undefined> {
  if (family === null) return yield* wholeQuery(reading, opening);
  for (const { source } of await family.whole()) {
    try {
      yield* wholeQuery({ ...reading, source }, opening);
    } catch (thrown) {
      // It may have been dropped since it was found.
      if (!isMissingTable(thrown)) throw thrown;
    }
  }
}

/** Who knows which tables are gone, once that is known. */
class Gone {
  family: TableFamily | null = null;
}

/** Since when transactions of others hold the reader up. */
class Waiting {
  readonly #context: PluginContext;
  #sinceMs: number | null = null;
  #open = 0;

  constructor(context: PluginContext) {
    this.#context = context;
  }

  on(open: number): void {
    this.#open = open;
    if (open === 0) this.#sinceMs = null;
    else this.#sinceMs ??= this.#context.clock.monotonicMs();
  }

  get trouble(): string | null {
    if (this.#sinceMs === null) return null;
    const waitedMs = this.#context.clock.monotonicMs() - this.#sinceMs;
    if (waitedMs < WAIT_TOLD_MS) return null;
    const seconds = Math.round(waitedMs / 1_000);
    return `waits since ${seconds} s for ${this.#open} open transactions, which may yet commit older rows`;
  }
}
