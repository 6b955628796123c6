import type { Planner } from '../../shared/coordinator/processor.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { PartitionedSource, PluginContext } from '../plugins/plugin.ts';
import { IntegerKey } from './integer-key.ts';
import { everyoneSettled } from './settled-bound.ts';
import { openSharedRows } from './shared-rows.ts';
import type { SqlSession } from './sql-session.ts';
import type { SqlSource } from './sql-source.ts';

const SIZE_DEFAULT = 10_000n;

/**
 * The rows of a table as work that agents share, by a column of whole numbers that are given out in
 * rising order.
 *
 * @throws AppError `invalid` for what is no such table.
 */
export function openSharedTable(
  source: SqlSource,
  size: bigint | null,
  context: PluginContext,
): PartitionedSource {
  requireShareable(source);
  const plans = new TablePlans(source, size ?? SIZE_DEFAULT, context);
  return {
    planner: plans,
    open: (partition, opening) => openSharedRows(source, partition, opening),
    firstId: (signal) => plans.firstId(signal),
    close: async () => plans.close(),
  };
}

function requireShareable({ table, keys, cron, origin, startAfter }: SqlSource): void {
  if (table === null) throw invalid(origin, 'name one table: no query, and no pattern of tables');
  if (keys.length !== 1)
    throw invalid(origin, 'name one column of whole numbers as the offset key');
  if (cron !== '') throw invalid(origin, 'rows are read as they come, and by no cron');
  const [start = '0'] = startAfter;
  if (!/^-?\d{1,18}$/.test(start)) throw invalid(origin, `${start} is no whole number to start at`);
}

function invalid(origin: string, why: string): AppError {
  return new AppError('invalid', `${origin} is shared by agents: ${why}`);
}

/** An open connection of the planner's own. */
interface Connected {
  readonly session: SqlSession;
  readonly key: IntegerKey;
}

/**
 * Plans no further than the highest key below which nothing can come any more: everyone who was
 * writing as it was seen has ended.
 */
class TablePlans implements Planner {
  readonly #source: SqlSource;
  readonly #size: bigint;
  readonly #context: PluginContext;
  readonly #closed = new AbortController();
  #connected: Promise<Connected> | null = null;
  /** Up to here nothing can come any more. */
  #settledTo: bigint | null = null;

  constructor(source: SqlSource, size: bigint, context: PluginContext) {
    this.#source = source;
    this.#size = size;
    this.#context = context;
  }

  async partitionSize(): Promise<bigint> {
    return this.#size;
  }

  async nextMaxId(startId: bigint, rangeSize: bigint, signal: AbortSignal): Promise<bigint> {
    const wanted = startId + rangeSize - 1n;
    if (this.#settledTo === null || this.#settledTo < wanted) {
      await this.#asked((connected) => this.#settle(startId, connected, signal));
    }
    const settled = this.#settledTo ?? startId - 1n;
    return settled < wanted ? settled : wanted;
  }

  hasData(minId: bigint, maxId: bigint): Promise<boolean> {
    return this.#asked(({ key }) => key.hasRows(minId, maxId));
  }

  /** Null: there is no row yet. */
  firstId(signal: AbortSignal): Promise<bigint | null> {
    const [start] = this.#source.startAfter;
    const from = start === undefined ? null : BigInt(start) + 1n;
    return this.#asked(async ({ session, key }) => {
      if ((await key.first(from)) === null) return null;
      // Who was writing may still commit a lower one.
      return (await this.#settled(session, signal)) ? key.first(from) : null;
    });
  }

  close(): void {
    this.#closed.abort();
    this.#drop();
  }

  async #settle(from: bigint, { session, key }: Connected, signal: AbortSignal): Promise<void> {
    const last = await key.last(from);
    if (last === null || !(await this.#settled(session, signal))) return;
    this.#settledTo = last;
  }

  #settled(session: SqlSession, signal: AbortSignal): Promise<boolean> {
    const { dialect, settleMs, isWatching } = this.#source;
    const { clock } = this.#context;
    return everyoneSettled({
      ...{ session, dialect, clock, settleMs, isWatching, onWaiting: () => undefined },
      signal: AbortSignal.any([signal, this.#closed.signal]),
    });
  }

  /** A connection that has failed is of no use any more. */
  async #asked<T>(ask: (connected: Connected) => Promise<T>): Promise<T> {
    try {
      return await ask(await (this.#connected ??= this.#connect()));
    } catch (thrown) {
      this.#drop();
      throw thrown;
    }
  }

  async #connect(): Promise<Connected> {
    const session = await this.#source.connect(this.#closed.signal);
    try {
      return { session, key: await IntegerKey.open(session, this.#source) };
    } catch (thrown) {
      session.close();
      throw thrown;
    }
  }

  #drop(): void {
    const connected = this.#connected;
    this.#connected = null;
    void connected?.then(({ session }) => session.close()).catch(() => undefined);
  }
}
