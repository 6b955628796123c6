import type { PluginContext, Reader, ReaderOpening, SourceBatch } from '../plugins/plugin.ts';
import { KeyedRows } from './keyed-rows.ts';
import type { SqlReading, SqlSource } from './sql-source.ts';
import { turns } from './turns.ts';
import { wholeQuery } from './whole-query.ts';

/** So long transactions of others are waited for before anybody is told. */
const WAIT_TOLD_MS = 30_000;

/** A reader of the rows of one table or query, connected when it is first pulled. */
export function openSqlReader(
  source: SqlSource,
  opening: ReaderOpening,
  context: PluginContext,
): Reader {
  const waiting = new Waiting(context);
  return {
    origin: source.origin,
    batches: batchesOf(source, opening, { context, waiting }),
    // How many rows are missing would cost a look at all of them.
    lag: () => ({ bytes: 0 }),
    trouble: () => waiting.trouble,
  };
}

interface Surroundings {
  readonly context: PluginContext;
  readonly waiting: Waiting;
}

async function* batchesOf(
  source: SqlSource,
  opening: ReaderOpening,
  { context: { clock }, waiting }: Surroundings,
): AsyncGenerator<SourceBatch, undefined> {
  const { signal } = opening;
  const isOver = (): boolean => signal.aborted;
  if (isOver()) return;
  const session = await source.connect(signal).catch((thrown: unknown) => {
    if (isOver()) return null;
    throw thrown;
  });
  if (session === null) return;
  // Whatever is under way ends at once; what it then throws is nobody's.
  const close = () => session.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const reading: SqlReading = { source, session, clock, signal, waiting };
    const { cron, pollMs, isRunAtStart: isAtStart, keys } = source;
    const rows = keys.length === 0 ? null : await KeyedRows.open(reading, opening);
    const every = { cron, pollMs: rows === null ? 0 : pollMs, isAtStart, clock, signal };
    const due = turns(every);
    while ((await due.next()).done !== true) {
      yield* rows?.untilNow() ?? wholeQuery(reading, opening);
    }
  } catch (thrown) {
    if (!isOver()) throw thrown;
  } finally {
    signal.removeEventListener('abort', close);
    session.close();
  }
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
