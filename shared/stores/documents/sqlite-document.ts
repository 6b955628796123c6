import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { workerUrl } from '../../kernel/worker-url.ts';
import type { StoreIdentity } from '../partitions/partition-store.ts';
import type { SqlitePartitionOptions } from '../partitions/sqlite/sqlite-partition-store.ts';
import { bootId } from '../sqlite/boot-id.ts';
import { WorkerRpc } from '../worker-rpc.ts';
import type { DocumentRequest } from './document-requests.ts';
import type {
  DocumentChange,
  DocumentQuestion,
  DocumentReading,
  LockedDocument,
} from './locked-document.ts';

const Identity = z.object({ id: z.string(), incarnation: z.string() });
const Reading = z.object({
  ...{ revision: z.number(), restarts: z.number(), nowMs: z.number() },
  text: z.string().nullable(),
  leftMs: z.map(z.string(), z.number()),
});

/**
 * Opens the document of a namespace that is kept in a SQLite file, making both when there are none.
 * @throws AppError as `openSqlitePartitionStore` does.
 */
export async function openSqliteDocument({
  path,
  namespace,
  onDeath = () => undefined,
}: SqlitePartitionOptions): Promise<LockedDocument> {
  const rpc = new WorkerRpc<DocumentRequest>(
    new Worker(workerUrl('documents', import.meta.url), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    }),
    { name: 'the partition worker', onDeath },
  );
  try {
    const [freshId, freshIncarnation] = [randomUUID(), randomUUID()];
    const opening = { path, namespace, bootId: await bootId(), freshId, freshIncarnation };
    return new SqliteDocument(rpc, Identity.parse(await rpc.ask({ op: 'open', opening })));
  } catch (thrown) {
    await rpc.end({ op: 'close' }).catch(() => undefined);
    throw thrown;
  }
}

/** The port as questions to `documents.worker.ts`. */
class SqliteDocument implements LockedDocument {
  readonly identity: StoreIdentity;
  readonly #rpc: WorkerRpc<DocumentRequest>;
  #closing: Promise<void> | null = null;

  constructor(rpc: WorkerRpc<DocumentRequest>, identity: StoreIdentity) {
    this.#rpc = rpc;
    this.identity = identity;
  }

  async read(asked: DocumentQuestion): Promise<DocumentReading> {
    return Reading.parse(await this.#rpc.ask({ op: 'read', asked }));
  }

  async swap(change: DocumentChange): Promise<number | null> {
    return z
      .number()
      .nullable()
      .parse(await this.#rpc.ask({ op: 'swap', change }));
  }

  close(): Promise<void> {
    this.#closing ??= this.#rpc.end({ op: 'close' });
    return this.#closing;
  }
}
