import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import type { IdRange } from '../../../domain/id-range.ts';
import type { AppError } from '../../../kernel/errors.ts';
import { workerUrl } from '../../../kernel/worker-url.ts';
import { bootId } from '../../sqlite/boot-id.ts';
import { WorkerRpc } from '../../worker-rpc.ts';
import type { StoreCalls } from '../engine/partition-engine.ts';
import type {
  ChosenPartition,
  ClaimRequest,
  Command,
  NewPartition,
  PartitionEdit,
  PartitionFilter,
  PartitionStore,
  Renewal,
  RetryRequest,
  Settlement,
  Silence,
  StoreIdentity,
  Tending,
  Turn,
} from '../partition-store.ts';
import { type ClaimedRow, claimedOf } from './claimed-text.ts';
import type { PartitionRequest } from './partition-requests.ts';
import { type Settled, settlementsText, verdictsOf } from './settled-text.ts';

const Identity = z.object({ id: z.string(), incarnation: z.string() });

export interface SqlitePartitionOptions {
  /** The database file; its folder must exist. Several processes of one host may share it. */
  readonly path: string;
  readonly namespace: string;
  /** The worker thread is gone, and the store with it. */
  readonly onDeath?: (error: AppError) => void;
}

/**
 * Opens a namespace that is kept in a SQLite file, making both when there are none.
 * @throws AppError `invalid` when the file is damaged or was written by a newer version,
 * `unavailable` when the disk refuses.
 */
export async function openSqlitePartitionStore({
  path,
  namespace,
  onDeath = () => undefined,
}: SqlitePartitionOptions): Promise<PartitionStore> {
  const rpc = new WorkerRpc<PartitionRequest>(
    new Worker(workerUrl('partitions', import.meta.url), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    }),
    { name: 'the partition worker', onDeath },
  );
  try {
    const [freshId, freshIncarnation] = [randomUUID(), randomUUID()];
    const opening = { path, namespace, bootId: await bootId(), freshId, freshIncarnation };
    const identity = Identity.parse(await rpc.ask({ op: 'open', opening }));
    return new SqlitePartitionStore(rpc, identity);
  } catch (thrown) {
    await rpc.end({ op: 'close' }).catch(() => undefined);
    throw thrown;
  }
}

/** The port as questions to `partitions.worker.ts`. */
class SqlitePartitionStore implements PartitionStore {
  readonly identity: StoreIdentity;
  readonly #rpc: WorkerRpc<PartitionRequest>;
  #closing: Promise<void> | null = null;

  constructor(rpc: WorkerRpc<PartitionRequest>, identity: StoreIdentity) {
    this.#rpc = rpc;
    this.identity = identity;
  }

  campaign(bid: { readonly candidate: string; readonly leaseMs: number }) {
    return this.#ask('campaign', bid);
  }

  renewLeadership(turn: Turn & { readonly leaseMs: number }) {
    return this.#ask('renewLeadership', turn);
  }

  resign(turn: Turn) {
    return this.#ask('resign', turn);
  }

  leadership() {
    return this.#ask('leadership');
  }

  planState() {
    return this.#ask('planState');
  }

  plan(plan: Parameters<PartitionStore['plan']>[0]) {
    return this.#ask('plan', plan);
  }

  fill(gaps: { readonly epoch: number; readonly partitions: readonly NewPartition[] }) {
    return this.#ask('fill', gaps);
  }

  tend(tending: Tending) {
    return this.#ask('tend', tending);
  }

  async claim(request: ClaimRequest) {
    const claimed = z.string().parse(await this.#rpc.ask({ op: 'claim', request }));
    return claimedOf(z.custom<readonly ClaimedRow[]>().parse(JSON.parse(claimed)));
  }

  async settle(settlements: readonly Settlement[]) {
    const said = settlementsText(settlements);
    const answer = await this.#rpc.ask({ op: 'settle', settlements: said });
    return verdictsOf(z.custom<Settled>().parse(answer));
  }

  renew(renewal: Renewal) {
    return this.#ask('renew', renewal);
  }

  workers() {
    return this.#ask('workers');
  }

  leave(workerId: string) {
    return this.#ask('leave', workerId);
  }

  forgetWorkers(silence: Silence) {
    return this.#ask('forgetWorkers', silence);
  }

  partition(id: number) {
    return this.#ask('partition', id);
  }

  partitions(filter: PartitionFilter) {
    return this.#ask('partitions', filter);
  }

  counts() {
    return this.#ask('counts');
  }

  completedRanges(within: IdRange) {
    return this.#ask('completedRanges', within);
  }

  recount() {
    return this.#ask('recount');
  }

  retry(request: RetryRequest) {
    return this.#ask('retry', request);
  }

  cancel(ids: readonly number[], reason: string) {
    return this.#ask('cancel', ids, reason);
  }

  remove(ids: readonly number[]) {
    return this.#ask('remove', ids);
  }

  setPaused(isPaused: boolean) {
    return this.#ask('setPaused', isPaused);
  }

  isCompleted(id: number) {
    return this.#ask('isCompleted', id);
  }

  create(partitions: readonly ChosenPartition[]) {
    return this.#ask('create', partitions);
  }

  edit(id: number, edit: PartitionEdit, expectedVersion: number | null) {
    return this.#ask('edit', id, edit, expectedVersion);
  }

  submit(command: Command) {
    return this.#ask('submit', command);
  }

  execute(id: string) {
    return this.#ask('execute', id);
  }

  command(id: string) {
    return this.#ask('command', id);
  }

  pendingCommands(limit: number) {
    return this.#ask('pendingCommands', limit);
  }

  forgetCommands(doneBeforeMs: number) {
    return this.#ask('forgetCommands', doneBeforeMs);
  }

  /** Waits for what was asked before, then ends the worker. */
  close(): Promise<void> {
    this.#closing ??= this.#rpc.end({ op: 'close' });
    return this.#closing;
  }

  async #ask<Name extends keyof StoreCalls>(
    name: Name,
    ...args: Parameters<StoreCalls[Name]>
  ): Promise<ReturnType<StoreCalls[Name]>> {
    const answer = await this.#rpc.ask({ op: 'call', name, args });
    // The worker runs the same version of this program: it answers as the engine does.
    return z.custom<ReturnType<StoreCalls[Name]>>().parse(answer);
  }
}
