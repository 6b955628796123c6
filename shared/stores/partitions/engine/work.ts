import { isHeld, openCount, type Partition } from '../../../domain/partition.ts';
import { isLastAttempt } from '../../../domain/partition-change.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type {
  ClaimRequest,
  Held,
  Renewal,
  Renewed,
  Settlement,
  Verdict,
  WorkerPresence,
} from '../partition-store.ts';
import { changePartition } from './change-partition.ts';
import type { PartitionData, PartitionRow } from './partition-data.ts';

/** The store's own clock: it decides who holds what. */
export type StoreClock = Pick<Clock, 'now' | 'monotonicMs'>;

/** What workers do in a namespace. */
export class Work {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;

  constructor(data: PartitionData, clock: StoreClock) {
    this.#data = data;
    this.#clock = clock;
  }

  claim(request: ClaimRequest): Partition[] {
    if (this.#data.state().isPaused) return [];
    if (request.ids !== undefined) return this.#takeChosen(request.ids, request);
    const claimed = request.isReturning ? this.#takeBack(request) : [];
    for (const ready of this.#data.ready(request.limit - claimed.length)) {
      claimed.push(this.#hand(ready, 'claim', request));
    }
    if (request.isPreempting) claimed.push(...this.#preempt(request, claimed.length));
    return claimed;
  }

  settle(settlements: readonly Settlement[]): Verdict[] {
    const nowMs = this.#clock.now();
    return settlements.map(({ id, token, ...change }) => {
      if (!this.#isHeldBy({ id, token })) return 'fenced';
      changePartition(this.#data, id, change, { nowMs });
      return 'done';
    });
  }

  renew({ workerId, held, leaseMs, presenceMs }: Renewal): Renewed {
    const [nowMs, atMs] = [this.#clock.now(), this.#clock.monotonicMs()];
    const known = this.#data.workers().find((each) => each.workerId === workerId);
    const untilMs = atMs + presenceMs;
    this.#data.setWorker({ workerId, sinceMs: nowMs, ...known, lastSeenMs: nowMs, untilMs });
    const lost: number[] = [];
    for (const each of held) {
      if (this.#isHeldBy(each)) this.#data.renew(each.id, atMs + leaseMs, nowMs);
      else lost.push(each.id);
    }
    const counts = this.#data.counts();
    return {
      lost,
      activeWorkers: this.#data.workers().filter((each) => each.untilMs > atMs).length,
      shareable: openCount(counts) - counts.failed,
      isPaused: this.#data.state().isPaused,
    };
  }

  workers(): WorkerPresence[] {
    const atMs = this.#clock.monotonicMs();
    const held = this.#data.heldCounts();
    return this.#data.workers().map(({ workerId, sinceMs, lastSeenMs, untilMs }) => ({
      ...{ workerId, sinceMs, lastSeenMs, isActive: untilMs > atMs },
      held: held.get(workerId) ?? 0,
    }));
  }

  #takeChosen(ids: readonly number[], request: ClaimRequest): Partition[] {
    const claimed: Partition[] = [];
    for (const id of new Set(ids)) {
      if (claimed.length >= request.limit) break;
      const row = this.#data.get(id);
      const event = row === null ? null : this.#claimOf(row, request);
      if (row !== null && event !== null) claimed.push(this.#hand(row.partition, event, request));
    }
    return claimed;
  }

  /** How the worker may come by it; null: not at all. */
  #claimOf({ partition, leaseUntilMs }: PartitionRow, request: ClaimRequest) {
    const { workerId, status } = partition;
    if (status === 'pending') return 'claim';
    if (!isHeld(status) || isLastAttempt(partition, request.attemptsMax)) return null;
    const isOver = leaseUntilMs <= this.#clock.monotonicMs();
    const isOwn = request.isReturning && workerId === request.workerId;
    return isOwn || (request.isPreempting && isOver) ? 'preempt' : null;
  }

  /** What the worker held in an earlier life need not wait until its own lease runs out. */
  #takeBack(request: ClaimRequest): Partition[] {
    const claimed: Partition[] = [];
    for (const partition of this.#data.heldBy(request.workerId)) {
      if (isLastAttempt(partition, request.attemptsMax)) continue;
      if (claimed.length < request.limit) claimed.push(this.#hand(partition, 'preempt', request));
      else this.#change(partition, { event: 'expire' });
    }
    return claimed;
  }

  #preempt(request: ClaimRequest, claimed: number): Partition[] {
    const { limit, attemptsMax } = request;
    const expired = this.#data.expired(this.#clock.monotonicMs(), limit - claimed);
    return expired
      .filter((partition) => !isLastAttempt(partition, attemptsMax))
      .map((partition) => this.#hand(partition, 'preempt', request));
  }

  #hand({ id }: Partition, event: 'claim' | 'preempt', { workerId, leaseMs }: ClaimRequest) {
    const token = this.#data.state().lastToken + 1;
    this.#data.setState({ lastToken: token });
    return changePartition(
      this.#data,
      id,
      { event, workerId, token },
      { nowMs: this.#clock.now(), leaseUntilMs: this.#clock.monotonicMs() + leaseMs },
    );
  }

  #change({ id }: Partition, change: { readonly event: 'expire' }): void {
    changePartition(this.#data, id, change, { nowMs: this.#clock.now() });
  }

  /** Whether whoever shows this token holds the partition. */
  #isHeldBy({ id, token }: Held): boolean {
    const partition = this.#data.get(id)?.partition;
    return partition !== undefined && isHeld(partition.status) && partition.token === token;
  }
}
