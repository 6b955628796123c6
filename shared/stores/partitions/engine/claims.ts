import { isHeld } from '../../../domain/partition.ts';
import { isLastAttempt } from '../../../domain/partition-change.ts';
import type { ClaimRequest } from '../partition-store.ts';
import { changeAll } from './change-partition.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './store-clock.ts';
import { lastIdOf, partOf, type Stretch } from './stretch.ts';

/** A request, and when it came: what is claimed together is claimed at one moment. */
interface Claim extends ClaimRequest {
  readonly nowMs: number;
  readonly atMs: number;
}

/** How workers come by partitions of a namespace. */
export class Claims {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;

  constructor(data: PartitionData, clock: StoreClock) {
    this.#data = data;
    this.#clock = clock;
  }

  claim(request: ClaimRequest): Stretch[] {
    if (this.#data.state().isPaused) return [];
    const claim = { ...request, nowMs: this.#clock.now(), atMs: this.#clock.monotonicMs() };
    if (request.ids !== undefined) return this.#takeChosen(request.ids, claim);
    const claimed = request.isReturning ? this.#takeBack(claim) : [];
    for (const ready of this.#data.ready(request.limit - countOf(claimed))) {
      claimed.push(this.#hand(ready, 'claim', claim));
    }
    if (request.isPreempting) claimed.push(...this.#preempt(claim, countOf(claimed)));
    return claimed;
  }

  #takeChosen(ids: readonly number[], claim: Claim): Stretch[] {
    const claimed: Stretch[] = [];
    for (const id of new Set(ids)) {
      if (claimed.length >= claim.limit) break;
      const chosen = this.#data.alike(id, 1);
      const event = chosen === null ? null : claimOf(chosen, claim);
      if (chosen !== null && event !== null) claimed.push(this.#hand(chosen, event, claim));
    }
    return claimed;
  }

  /** What the worker held in an earlier life need not wait until its own lease runs out. */
  #takeBack(claim: Claim): Stretch[] {
    const claimed: Stretch[] = [];
    for (const held of this.#data.heldBy(claim.workerId)) {
      if (isLastAttempt(held.first, claim.attemptsMax)) continue;
      const count = Math.min(held.count, claim.limit - countOf(claimed));
      const { id } = held.first;
      if (count > 0) claimed.push(this.#hand(partOf(held, id, count), 'preempt', claim));
      if (count === held.count) continue;
      const rest = partOf(held, id + count, lastIdOf(held));
      changeAll(this.#data, rest, { event: 'expire' }, { nowMs: claim.nowMs });
    }
    return claimed;
  }

  #preempt(claim: Claim, claimed: number): Stretch[] {
    const { limit, attemptsMax, atMs } = claim;
    const expired = this.#data.expired(atMs, limit - claimed);
    return expired
      .filter(({ first }) => !isLastAttempt(first, attemptsMax))
      .map((stretch) => this.#hand(stretch, 'preempt', claim));
  }

  #hand(stretch: Stretch, event: 'claim' | 'preempt', claim: Claim): Stretch {
    const { workerId, nowMs, atMs, leaseMs } = claim;
    const { lastToken } = this.#data.state();
    this.#data.setState({ lastToken: lastToken + stretch.count });
    const change = { event, workerId, token: lastToken + 1 };
    return changeAll(this.#data, stretch, change, { nowMs, leaseUntilMs: atMs + leaseMs });
  }
}

/** How the worker may come by a chosen one; null: not at all. */
function claimOf({ first, leaseUntilMs }: Stretch, claim: Claim): 'claim' | 'preempt' | null {
  const { workerId, status } = first;
  if (status === 'pending') return 'claim';
  if (!isHeld(status) || isLastAttempt(first, claim.attemptsMax)) return null;
  const isOwn = claim.isReturning && workerId === claim.workerId;
  return isOwn || (claim.isPreempting && leaseUntilMs <= claim.atMs) ? 'preempt' : null;
}

function countOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { count }) => sum + count, 0);
}
