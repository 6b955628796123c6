import { ID_MAX, type IdRange } from '../../../shared/domain/id-range.ts';
import type { Partition } from '../../../shared/domain/partition.ts';
import type {
  ClaimRequest,
  PartitionStore,
  Renewal,
} from '../../../shared/stores/partitions/partition-store.ts';

/** A place where stores are kept, and the way in which its time passes. */
export interface StoreRig extends AsyncDisposable {
  /** Opens a namespace that nobody has used, or one that somebody has. */
  open(namespace: string): Promise<PartitionStore>;
  /** Lets so much time pass by the store's clock. */
  pass(ms: number): Promise<void>;
}

export const LEASE_MS = 300;
export const ALL: IdRange = { min: 0n, max: ID_MAX };

const CLAIM: Omit<ClaimRequest, 'workerId'> = {
  limit: 100,
  leaseMs: LEASE_MS,
  isPreempting: false,
  attemptsMax: 3,
  isReturning: false,
};
const LEADER_LEASE_MS = 60_000;

/** A namespace of its own for each test, with a leader, and short words for what tests do with it. */
export class StoreBench {
  readonly #openRig: () => Promise<StoreRig>;
  #rig: StoreRig | null = null;
  #store: PartitionStore | null = null;
  #epoch = 0;
  #namespaces = 0;

  constructor(openRig: () => Promise<StoreRig>) {
    this.#openRig = openRig;
  }

  async open(): Promise<void> {
    this.#rig ??= await this.#openRig();
    this.#namespaces += 1;
    this.#store = await this.#rig.open(`test-${this.#namespaces}`);
    const bid = { candidate: 'leader', leaseMs: LEADER_LEASE_MS };
    ({ epoch: this.#epoch } = await this.#store.campaign(bid));
  }

  async close(): Promise<void> {
    await this.#rig?.[Symbol.asyncDispose]();
  }

  get store(): PartitionStore {
    if (this.#store === null) throw new Error('the store is not open yet');
    return this.#store;
  }

  /** Of the turn that the leader has. */
  get epoch(): number {
    return this.#epoch;
  }

  async pass(ms: number): Promise<void> {
    await this.#rig?.pass(ms);
  }

  /** Plans `count` partitions of ten IDs behind what is planned. */
  async plan(count: number): Promise<void> {
    const { plannedTo } = await this.store.planState();
    const start = plannedTo === null ? 1n : plannedTo + 1n;
    const partitions = Array.from({ length: count }, (_, nth) => ({
      ...{ min: start + BigInt(nth) * 10n, max: start + BigInt(nth) * 10n + 9n },
      ...{ options: { nth }, priority: 0 },
    }));
    const to = start + BigInt(count) * 10n - 1n;
    await this.store.plan({ epoch: this.#epoch, after: plannedTo, to, partitions });
  }

  claim(workerId: string, more: Partial<ClaimRequest> = {}): Promise<readonly Partition[]> {
    return this.store.claim({ ...CLAIM, ...more, workerId });
  }

  async claimOne(workerId: string, more: Partial<ClaimRequest> = {}): Promise<Partition> {
    const [partition] = await this.claim(workerId, { ...more, limit: 1 });
    if (partition === undefined) throw new Error('there is nothing to claim');
    return partition;
  }

  renew(workerId: string, held: Renewal['held']) {
    return this.store.renew({ workerId, held, leaseMs: LEASE_MS, presenceMs: LEASE_MS });
  }

  tend(nowMs = 0) {
    return this.store.tend({ epoch: this.#epoch, nowMs, attemptsMax: 3, limit: 100 });
  }

  async statusOf(id: number) {
    return (await this.store.partition(id))?.status;
  }
}
