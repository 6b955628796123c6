import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { AppError } from '../kernel/errors.ts';
import { workerUrl } from '../kernel/worker-url.ts';
import type { BufferRow } from './checkpoint/buffer-table.ts';
import type { Change, CheckpointRequest, Look } from './checkpoint-engine.ts';
import type {
  BufferedBatch,
  BufferQuery,
  CheckpointCommit,
  CheckpointStore,
  Checkpoints,
  KeptDeadLetter,
  Seal,
  SenderRange,
  SinkPosition,
} from './checkpoint-store.ts';
import type { LoadedRows } from './checkpoint-tables.ts';
import { WorkerRpc } from './worker-rpc.ts';

// The worker runs the same version of this program: the outline of an answer tells enough.
const Loaded = z.custom<LoadedRows>(isObject);
const BufferRows = z.custom<BufferRow[]>(Array.isArray);
const SenderRanges = z.custom<SenderRange[]>(Array.isArray);
const KeptDeadLetters = z.custom<KeptDeadLetter[]>(Array.isArray);
/** What a commit leaves as it is. */
const NOTHING = {
  forgetSources: [],
  read: { senders: [], units: 0, bytes: 0 },
  settled: [],
  unbuffered: [],
  sealed: [],
  deadLetters: [],
  areLettersOnce: false,
  lettersMax: Number.MAX_SAFE_INTEGER,
  revived: [],
  filteredLetters: [],
  isSynced: false,
};
const PositionRow = z.object({ source: z.string(), position: z.string() });
const SinkRow = z.object({ path: z.string(), identity: z.string(), size: z.number() }).nullable();

interface SqliteCheckpointOptions {
  /** The database file; its folder must exist. */
  readonly path: string;
  readonly log?: Logger;
  /** The worker is gone, and with it every promise about what is kept: end the process. */
  readonly onDeath?: (error: AppError) => void;
}

/**
 * Opens the checkpoints kept in one SQLite file, making it when there is none.
 * @throws AppError `invalid` when the file is damaged or was written by a newer version (the
 * message says what to do; nothing is deleted), `unavailable` when the disk refuses.
 */
export async function openSqliteCheckpointStore({
  path,
  log,
  onDeath,
}: SqliteCheckpointOptions): Promise<CheckpointStore> {
  const rpc = new WorkerRpc<CheckpointRequest>(
    new Worker(workerUrl('checkpoint', import.meta.url), {
      // A worker does not have the launcher's filter for what Node calls experimental. It takes no
      // flag of V8, such as a heap size, that this process may have been started with.
      execArgv: ['--disable-warning=ExperimentalWarning'],
    }),
    {
      name: 'the checkpoint worker',
      onDeath: (error) => {
        log?.error({ err: error, path }, 'checkpoint worker died');
        onDeath?.(error);
      },
    },
  );
  try {
    await rpc.ask({ op: 'open', path });
  } catch (error) {
    await rpc.end({ op: 'close' }).catch(() => undefined);
    throw error;
  }
  return new SqliteCheckpointStore(rpc);
}

/** What answers the questions: a worker thread, or an engine in this one. */
export type CheckpointRpc = Pick<WorkerRpc<CheckpointRequest>, 'ask' | 'end'>;

/** The port as questions to `checkpoint.worker.ts`. JSON values cross the thread as text. */
export class SqliteCheckpointStore implements CheckpointStore {
  readonly #rpc: CheckpointRpc;
  #closing: Promise<void> | null = null;

  constructor(rpc: CheckpointRpc) {
    this.#rpc = rpc;
  }

  async load(runner: string, freshEpoch: string): Promise<Checkpoints> {
    const rows = Loaded.parse(await this.#look({ what: 'load', runner, freshEpoch }));
    const { positions, totals, epoch, seals, lanes, lastSeq } = rows;
    return {
      positions: new Map(
        positions.map((row): [string, unknown] => {
          const { source, position } = PositionRow.parse(row);
          return [source, JSON.parse(position)];
        }),
      ),
      totals: typeof totals === 'string' ? JSON.parse(totals) : null,
      seals: new Map(seals.map(({ sender, ...seal }) => [sender, seal])),
      lanes: new Map(lanes),
      ...{ epoch, lastSeq },
    };
  }

  async commit(commit: CheckpointCommit): Promise<void> {
    const { source, totals, moved = [], buffered = [] } = commit;
    const rows = {
      ...NOTHING,
      ...commit,
      source:
        source === undefined ? null : { id: source.id, position: JSON.stringify(source.position) },
      moved: moved.map(({ move, position }) => ({ move, position: JSON.stringify(position) })),
      totals: JSON.stringify(totals),
      buffered: buffered.map((batch) => ({ ...batch, facts: JSON.stringify(batch.facts) })),
    };
    await this.#rpc.ask({ op: 'commit', commit: rows });
  }

  async seal(runner: string, sender: string, seal: Seal): Promise<void> {
    await this.#change({ what: 'seal', runner, sender, seal });
  }

  async forget(runner: string): Promise<void> {
    await this.#change({ what: 'forget', runner });
  }

  async sink(path: string): Promise<SinkPosition | null> {
    return SinkRow.parse(await this.#look({ what: 'sink', path }));
  }

  async buffered(query: BufferQuery): Promise<BufferedBatch[]> {
    const rows = BufferRows.parse(await this.#look({ what: 'buffered', ...query }));
    return rows.map((row) => ({ ...row, facts: parsed(row.facts) }));
  }

  async lowestSegment(runner: string, sender: string): Promise<number | null> {
    return z
      .int()
      .nullable()
      .parse(await this.#look({ what: 'lowestSegment', runner, sender }));
  }

  async ledger(runner: string): Promise<SenderRange[]> {
    return SenderRanges.parse(await this.#look({ what: 'ledger', runner }));
  }

  async deadLetters(runner: string, afterId: number, max: number): Promise<KeptDeadLetter[]> {
    const letters = await this.#look({ what: 'deadLetters', runner, afterId, max });
    return KeptDeadLetters.parse(letters);
  }

  async dropDeadLetters(runner: string, ids: readonly number[]): Promise<void> {
    await this.#change({ what: 'dropDeadLetters', runner, ids });
  }

  async backup(path: string): Promise<void> {
    await this.#rpc.ask({ op: 'backup', path });
  }

  #look(look: Look): Promise<unknown> {
    return this.#rpc.ask({ op: 'look', look });
  }

  async #change(change: Change): Promise<void> {
    await this.#rpc.ask({ op: 'change', change });
  }

  /** Waits for what was asked before, then ends the worker. */
  close(): Promise<void> {
    this.#closing ??= this.#rpc.end({ op: 'close' });
    return this.#closing;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function parsed(text: string): unknown {
  return JSON.parse(text);
}
