import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { secondsOf } from '../../etcd/lease-seconds.ts';

/** Leases that nobody hangs on, and that may be used again; more are left to end. */
const FREE_MAX = 64;

interface HoldLease {
  readonly id: bigint;
  readonly ttlSeconds: number;
  readonly workerId: string;
  /** Partitions that hang on it. */
  readonly partitions: Set<number>;
}

/**
 * The leases that this client holds partitions by. Each claim has one of its own, so that what a
 * worker does not know that it holds, for it did not hear the answer, is not kept for it.
 */
export class HoldLeases {
  readonly #client: EtcdClient;
  readonly #leases = new Map<string, HoldLease>();
  readonly #leaseOf = new Map<number, HoldLease>();
  #free: HoldLease[] = [];

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  /** One that nothing hangs on, and that lasts so long from now on. */
  async take(leaseMs: number): Promise<bigint> {
    const ttlSeconds = secondsOf(leaseMs);
    const at = this.#free.findIndex((free) => free.ttlSeconds === ttlSeconds);
    if (at >= 0) {
      const [free] = this.#free.splice(at, 1);
      if (free !== undefined && (await this.#client.keepAlive(free.id)) > 0) return free.id;
    }
    return (await this.#client.grant(ttlSeconds)).id;
  }

  /** The worker's claims hang on it from now on. */
  hang(partitions: readonly number[], lease: bigint, who: { workerId: string; leaseMs: number }) {
    const { workerId, leaseMs } = who;
    const set = new Set<number>();
    const held = { id: lease, ttlSeconds: secondsOf(leaseMs), workerId, partitions: set };
    for (const id of partitions) {
      this.forget([id]);
      set.add(id);
      this.#leaseOf.set(id, held);
    }
    this.#leases.set(String(lease), held);
  }

  /** Nobody holds these any more, or not by these leases. */
  forget(partitions: readonly number[]): void {
    for (const id of partitions) {
      const lease = this.#leaseOf.get(id);
      if (lease === undefined) continue;
      this.#leaseOf.delete(id);
      lease.partitions.delete(id);
      if (lease.partitions.size > 0) continue;
      this.#leases.delete(String(lease.id));
      if (this.#free.length < FREE_MAX) this.#free.push(lease);
    }
  }

  /** Renews it, if all that hangs on it is among these, and it is as long as is wanted. */
  async renew(lease: string, listed: ReadonlySet<number>, leaseMs: number): Promise<boolean> {
    const held = this.#leases.get(lease);
    if (held?.ttlSeconds !== secondsOf(leaseMs)) return false;
    for (const id of held.partitions) if (!listed.has(id)) return false;
    return (await this.#client.keepAlive(held.id)) > 0;
  }

  /** Ends what is held, of one worker or of all, at once. */
  async revoke(workerId: string | null): Promise<void> {
    const leases = [...this.#leases.values()].filter(
      (lease) => workerId === null || lease.workerId === workerId,
    );
    const free = workerId === null ? this.#free : [];
    if (workerId === null) this.#free = [];
    for (const { id, partitions } of leases) {
      this.#leases.delete(String(id));
      for (const partition of partitions) this.#leaseOf.delete(partition);
    }
    await Promise.all([...leases, ...free].map(({ id }) => this.#client.revoke(id)));
  }
}
