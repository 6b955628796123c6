import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { AppError } from '../kernel/errors.ts';
import { workerUrl } from '../kernel/worker-url.ts';
import type { CheckpointRequest } from './checkpoint-engine.ts';
import type {
  CheckpointCommit,
  CheckpointStore,
  Checkpoints,
  SinkPosition,
} from './checkpoint-store.ts';
import { WorkerRpc } from './worker-rpc.ts';

const CheckpointRows = z.object({
  positions: z.array(z.object({ source: z.string(), position: z.string() })),
  totals: z.string().nullable(),
});

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
      // A worker does not have the launcher's filter for what Node calls experimental.
      execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
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

/** The port as questions to `checkpoint.worker.ts`. JSON values cross the thread as text. */
export class SqliteCheckpointStore implements CheckpointStore {
  readonly #rpc: WorkerRpc<CheckpointRequest>;
  #closing: Promise<void> | null = null;

  constructor(rpc: WorkerRpc<CheckpointRequest>) {
    this.#rpc = rpc;
  }

  async load(runner: string): Promise<Checkpoints> {
    const rows = CheckpointRows.parse(await this.#rpc.ask({ op: 'load', runner }));
    return {
      positions: new Map(
        rows.positions.map(({ source, position }): [string, unknown] => [
          source,
          JSON.parse(position),
        ]),
      ),
      totals: rows.totals === null ? null : JSON.parse(rows.totals),
    };
  }

  async commit({ runner, source, forgetSources, sinks, totals }: CheckpointCommit): Promise<void> {
    const commit = {
      runner,
      source:
        source === undefined ? null : { id: source.id, position: JSON.stringify(source.position) },
      forgetSources: forgetSources ?? [],
      sinks,
      totals: JSON.stringify(totals),
    };
    await this.#rpc.ask({ op: 'commit', commit });
  }

  async forget(runner: string): Promise<void> {
    await this.#rpc.ask({ op: 'forget', runner });
  }

  async sink(path: string): Promise<SinkPosition | null> {
    return SinkRow.parse(await this.#rpc.ask({ op: 'sink', path }));
  }

  /** Waits for what was asked before, then ends the worker. */
  close(): Promise<void> {
    this.#closing ??= this.#rpc.end({ op: 'close' });
    return this.#closing;
  }
}
