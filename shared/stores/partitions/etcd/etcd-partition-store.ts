import { randomUUID } from 'node:crypto';
import type { IdRange } from '../../../domain/id-range.ts';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import { EtcdClient, type EtcdOptions } from '../../etcd/etcd-client.ts';
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
  StoreIdentity,
  Tending,
  Turn,
} from '../partition-store.ts';
import { otherStrategyError } from '../store-errors.ts';
import { EtcdBatches } from './etcd-batches.ts';
import { EtcdElections } from './etcd-elections.ts';
import { EtcdKeys } from './etcd-keys.ts';
import type { EtcdPartitionData } from './etcd-partition-data.ts';
import { EtcdSteps } from './etcd-steps.ts';
import { EtcdWork } from './etcd-work.ts';
import { LedgerFolder } from './ledger-folder.ts';
import { LedgerLane } from './ledger-lane.ts';

export const ETCD_PREFIX = 'logkit-fleet/partitions';

export interface EtcdPartitionOptions extends EtcdOptions {
  readonly namespace: string;
  /** All keys begin with it; it does not end with a slash. */
  readonly prefix?: string;
}

/**
 * Opens a namespace that is kept in etcd, making it when there is none. Leases are etcd's: they last
 * whole seconds, of which there is a least number, and are never shorter than was asked for.
 * @throws AppError `unavailable` or `timeout` when no host answers, `forbidden` when etcd lets
 * nobody in who comes so.
 */
export async function openEtcdPartitionStore({
  namespace,
  prefix = ETCD_PREFIX,
  ...options
}: EtcdPartitionOptions): Promise<PartitionStore> {
  const client = new EtcdClient(options);
  try {
    const keys = new EtcdKeys(prefix, namespace);
    const identity = await identify(client, keys, namespace);
    return new EtcdPartitionStore({ client, keys, namespace, identity, clock: systemClock });
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

async function identify(
  client: EtcdClient,
  keys: EtcdKeys,
  namespace: string,
): Promise<StoreIdentity> {
  const [fresh, key] = [randomUUID(), keys.one('incarnation')];
  const { clusterId, isDone, found } = await client.transact({
    compares: [{ key, revision: 0 }],
    writes: [{ op: 'put', key, value: fresh, lease: 0n }],
    otherwise: [{ key }, { key: keys.one('strategy') }],
  });
  const strategy = found[1]?.[0]?.value;
  if (strategy !== undefined) throw otherStrategyError(namespace, strategy);
  const incarnation = isDone ? fresh : (found[0]?.[0]?.value ?? fresh);
  return { id: clusterId.toString(16), incarnation };
}

interface StoreDeps {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly namespace: string;
  readonly identity: StoreIdentity;
  readonly clock: Clock;
}

/** The port as steps on etcd. */
class EtcdPartitionStore implements PartitionStore {
  readonly identity: StoreIdentity;
  readonly #client: EtcdClient;
  readonly #steps: EtcdSteps;
  readonly #elections: EtcdElections;
  readonly #work: EtcdWork;
  readonly #batches: EtcdBatches;
  readonly #folder: LedgerFolder;
  readonly #claims = new LedgerLane(randomUUID());
  readonly #settlements = new LedgerLane(randomUUID());
  /** Of all others. */
  readonly #changes = new LedgerLane(randomUUID());
  #closing: Promise<void> | null = null;

  constructor({ client, keys, namespace, identity, clock }: StoreDeps) {
    const incarnation = { key: keys.one('incarnation'), value: identity.incarnation, namespace };
    this.identity = identity;
    this.#client = client;
    const steps = new EtcdSteps({ client, keys, incarnation, clock });
    this.#steps = steps;
    this.#elections = new EtcdElections(client, keys, steps);
    this.#work = new EtcdWork({
      ...{ client, keys, steps, clock, claims: this.#claims, settlements: this.#settlements },
    });
    this.#batches = new EtcdBatches(steps, this.#changes, clock);
    this.#folder = new LedgerFolder(steps, clock);
  }

  campaign(bid: { readonly candidate: string; readonly leaseMs: number }) {
    return this.#elections.campaign(bid);
  }

  renewLeadership(turn: Turn & { readonly leaseMs: number }) {
    return this.#elections.renew(turn);
  }

  resign(turn: Turn) {
    return this.#elections.resign(turn);
  }

  leadership() {
    return this.#elections.leadership();
  }

  planState() {
    return this.#look((engine) => engine.planState());
  }

  plan(plan: Parameters<PartitionStore['plan']>[0]) {
    return this.#change((engine) => engine.plan(plan));
  }

  fill(gaps: { readonly epoch: number; readonly partitions: readonly NewPartition[] }) {
    return this.#change((engine) => engine.fill(gaps));
  }

  async tend(tending: Tending) {
    const tended = await this.#batches.tend(tending);
    // It is not what was asked for: whatever keeps it from being done is told by other calls.
    await this.#folder.foldForgotten().catch(() => undefined);
    return tended;
  }

  claim(request: ClaimRequest) {
    return this.#work.claim(request);
  }

  async settle(settlements: readonly Settlement[]) {
    const verdicts = await this.#work.settle(settlements);
    await this.#folder.foldIfGrown(this.#settlements);
    return verdicts;
  }

  renew(renewal: Renewal) {
    return this.#work.renew(renewal);
  }

  workers() {
    return this.#look((engine) => engine.workers());
  }

  leave(workerId: string) {
    return this.#work.leave(workerId);
  }

  partition(id: number) {
    return this.#look((engine, data) => {
      data.rooms.lookAtLeases();
      return engine.partition(id);
    });
  }

  partitions(filter: PartitionFilter) {
    return this.#look((engine, data) => {
      data.rooms.lookAtLeases();
      return engine.partitions(filter);
    });
  }

  counts() {
    return this.#look((engine) => engine.counts());
  }

  completedRanges(within: IdRange) {
    return this.#look((engine) => engine.completedRanges(within));
  }

  recount() {
    return this.#look((engine) => engine.recount());
  }

  retry(request: RetryRequest) {
    return this.#batches.retry(request);
  }

  cancel(ids: readonly number[], reason: string) {
    return this.#batches.cancel(ids, reason);
  }

  remove(ids: readonly number[]) {
    return this.#batches.remove(ids);
  }

  setPaused(isPaused: boolean) {
    return this.#look((engine) => engine.setPaused(isPaused));
  }

  isCompleted(id: number) {
    return this.#look((engine) => engine.isCompleted(id));
  }

  create(partitions: readonly ChosenPartition[]) {
    return this.#change((engine, data) => {
      data.rooms.find(partitions.map(({ id }) => id));
      return engine.create(partitions);
    });
  }

  edit(id: number, edit: PartitionEdit, expectedVersion: number | null) {
    return this.#change((engine) => engine.edit(id, edit, expectedVersion));
  }

  submit(command: Command) {
    return this.#look((engine) => engine.submit(command));
  }

  execute(id: string) {
    return this.#batches.execute(id);
  }

  command(id: string) {
    return this.#look((engine) => engine.command(id));
  }

  pendingCommands(limit: number) {
    return this.#look((engine) => engine.pendingCommands(limit));
  }

  forgetCommands(doneBeforeMs: number) {
    return this.#batches.forgetCommands(doneBeforeMs);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** What cannot be left in order, for etcd does not answer, ends by itself. */
  async #close(): Promise<void> {
    try {
      await this.#work.close();
      const lanes = [this.#claims, this.#settlements, this.#changes];
      for (const lane of lanes) await this.#folder.fold(lane);
    } catch {
      // See above.
    }
    this.#client.close();
  }

  async #look<T>(work: (engine: StoreCalls, data: EtcdPartitionData) => T): Promise<T> {
    return (await this.#steps.do({ work })).result;
  }

  /** Of the counts, too. */
  async #change<T>(work: (engine: StoreCalls, data: EtcdPartitionData) => T): Promise<T> {
    return (await this.#steps.do({ work, lane: this.#changes })).result;
  }
}
