import type { Clock } from '../../../kernel/clock.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { secondsOf } from '../../etcd/lease-seconds.ts';

/** Leases that nobody hangs on, and that may be used again; more are left to end. */
const FREE_MAX = 64;
const SECOND_MS = 1_000;

export interface FreeLease {
  readonly id: bigint;
  readonly ttlSeconds: number;
  /** By this client's clock: it lasts its seconds from then on at least. */
  renewedMs: number;
}

interface HoldLease extends FreeLease {
  readonly workerId: string;
  /** Partitions that hang on it. */
  readonly partitions: Set<number>;
}

/** A second more than is wanted, so that one that was renewed just now need not be renewed again. */
function holdSecondsOf(ms: number): number {
  return secondsOf(ms) + 1;
}

/**
 * The leases that this client holds partitions by. Each claim has one of its own, so that what a
 * worker does not know that it holds, for it did not hear the answer, is not kept for it.
 */
export class HoldLeases {
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  readonly #leases = new Map<string, HoldLease>();
  readonly #leaseOf = new Map<number, HoldLease>();
  #free: FreeLease[] = [];

  constructor(client: EtcdClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** One that nothing hangs on, and that lasts so long from now on. */
  async take(leaseMs: number): Promise<FreeLease> {
    const ttlSeconds = holdSecondsOf(leaseMs);
    const at = this.#free.findLastIndex((free) => free.ttlSeconds === ttlSeconds);
    const [free] = at < 0 ? [] : this.#free.splice(at, 1);
    if (free === undefined) return this.grant(leaseMs);
    const endMs = free.renewedMs + ttlSeconds * SECOND_MS;
    const isLongEnough = endMs >= this.#clock.monotonicMs() + leaseMs;
    return isLongEnough || (await this.lengthen(free)) ? free : this.grant(leaseMs);
  }

  async grant(leaseMs: number): Promise<FreeLease> {
    const [ttlSeconds, renewedMs] = [holdSecondsOf(leaseMs), this.#clock.monotonicMs()];
    const { id } = await this.#client.grant(ttlSeconds);
    return { id, ttlSeconds, renewedMs };
  }

  /** Renews it; else it is over. */
  async lengthen(lease: FreeLease): Promise<boolean> {
    const nowMs = this.#clock.monotonicMs();
    if ((await this.#client.keepAlive(lease.id)) <= 0) return false;
    lease.renewedMs = nowMs;
    return true;
  }

  /** The worker's claims hang on it from now on. */
  hang(partitions: readonly number[], lease: FreeLease, workerId: string): void {
    const set = new Set<number>();
    const held: HoldLease = { ...lease, workerId, partitions: set };
    for (const id of partitions) {
      this.forget([id]);
      set.add(id);
      this.#leaseOf.set(id, held);
    }
    this.#leases.set(String(lease.id), held);
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
    if (held?.ttlSeconds !== holdSecondsOf(leaseMs)) return false;
    for (const id of held.partitions) if (!listed.has(id)) return false;
    return this.lengthen(held);
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
