import type { Partition } from '../../../domain/partition.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { inFitting } from '../../etcd/in-fitting.ts';
import type { ClaimRequest, Renewal, Renewed, Settlement, Verdict } from '../partition-store.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { EtcdPartitionData } from './etcd-partition-data.ts';
import type { EtcdSteps } from './etcd-steps.ts';
import { HeldCache } from './held-cache.ts';
import { type FreeLease, HoldLeases } from './hold-leases.ts';
import type { LedgerLane } from './ledger-lane.ts';
import { tokenOf } from './partition-text.ts';
import { PresenceLeases } from './presence-leases.ts';

/** One step takes no more: etcd compares 128 keys at most. */
export const STEP_MAX = 100;
/** Of what a worker held before it died. */
const TAKEN_BACK_MAX = 50;

interface WorkDeps {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly steps: EtcdSteps;
  readonly clock: Clock;
  /** Claims and settlements need not wait for each other. */
  readonly claims: LedgerLane;
  readonly settlements: LedgerLane;
}

/** What workers do. What is more than one step takes is done in several. */
export class EtcdWork {
  readonly #deps: WorkDeps;
  readonly #held = new HeldCache();
  readonly #holds: HoldLeases;
  readonly #presences: PresenceLeases;

  constructor(deps: WorkDeps) {
    this.#deps = deps;
    this.#holds = new HoldLeases(deps.client, deps.clock);
    this.#presences = new PresenceLeases(deps.client);
  }

  async claim(request: ClaimRequest): Promise<Partition[]> {
    if (request.ids !== undefined) return this.#claimChosen(request, [...new Set(request.ids)]);
    const claimed: Partition[] = [];
    let { isReturning } = request;
    for (;;) {
      const left = request.limit - claimed.length;
      const limit = Math.min(left, isReturning ? TAKEN_BACK_MAX : STEP_MAX);
      const some = await inFitting(limit, (count) =>
        this.#claimSome({ ...request, limit: count, isReturning }),
      );
      claimed.push(...some.result);
      const { length } = some.result;
      if (length === left || (length < some.count && !isReturning)) return claimed;
      isReturning = false;
    }
  }

  async settle(settlements: readonly Settlement[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    while (verdicts.length < settlements.length) {
      const at = verdicts.length;
      const some = await inFitting(Math.min(STEP_MAX, settlements.length - at), (count) =>
        this.#settleSome(settlements.slice(at, at + count)),
      );
      verdicts.push(...some.result);
    }
    return verdicts;
  }

  async renew(renewal: Renewal): Promise<Renewed> {
    const { held, workerId } = renewal;
    const granted: FreeLease[] = [];
    const { result, revision, lease, data } = await this.#deps.steps.do({
      work: (engine, seen) => {
        seen.rooms.findHeld(held.map(({ id }) => id));
        return engine.renew(renewal);
      },
      prepare: async (seen) => {
        const fresh = await this.#renewLeases(renewal, seen);
        if (fresh !== null) granted.push(fresh);
        return fresh?.id ?? 0n;
      },
    });
    this.#held.keep({ held: data.held, revision, lease });
    this.#held.drop(result.lost);
    this.#holds.forget(result.lost);
    const hung = granted.find(({ id }) => id === lease);
    if (hung !== undefined) this.#holds.hang(data.moved, hung, workerId);
    return result;
  }

  async leave(workerId: string): Promise<void> {
    await this.#deps.steps.do({ work: (engine) => engine.leave(workerId) });
    await Promise.all([this.#presences.revoke(workerId), this.#holds.revoke(workerId)]);
  }

  /** Whoever closes it is not at work any more. */
  async close(): Promise<void> {
    await Promise.all([this.#presences.revoke(null), this.#holds.revoke(null)]);
  }

  async #claimChosen(request: ClaimRequest, ids: readonly number[]): Promise<Partition[]> {
    const claimed: Partition[] = [];
    for (let at = 0; at < ids.length && claimed.length < request.limit; ) {
      const limit = request.limit - claimed.length;
      const some = await inFitting(Math.min(STEP_MAX, ids.length - at), (count) =>
        this.#claimSome({ ...request, limit, ids: ids.slice(at, at + count) }),
      );
      claimed.push(...some.result);
      at += some.count;
    }
    return claimed;
  }

  async #claimSome(request: ClaimRequest): Promise<Partition[]> {
    const { client, steps, claims } = this.#deps;
    const taken: FreeLease[] = [];
    const { result, revision, lease, data } = await steps.do({
      lane: claims,
      work: (engine, seen) => {
        seen.heldMax = TAKEN_BACK_MAX;
        if (request.ids !== undefined) {
          seen.rooms.find(request.ids);
          seen.rooms.lookAtLeases();
        } else if (!request.isReturning) {
          seen.lookAtWaiting(request.limit);
        }
        return engine.claim(request);
      },
      prepare: async (seen) => {
        if (seen.handed.length === 0) return 0n;
        const fresh = await this.#leaseFor(request.leaseMs, taken.at(-1));
        if (fresh !== taken.at(-1)) taken.push(fresh);
        this.#hear(seen, fresh.id);
        return fresh.id;
      },
    });
    this.#held.keep({ held: data.held, revision, lease });
    const hung = taken.find(({ id }) => id === lease);
    if (hung !== undefined) this.#holds.hang(data.handed, hung, request.workerId);
    else await Promise.all(taken.map(({ id }) => client.revoke(id)));
    return result.map((partition) => ({
      ...partition,
      token: tokenOf(revision, partition.token),
    }));
  }

  async #settleSome(settlements: readonly Settlement[]): Promise<readonly Verdict[]> {
    const { steps, settlements: lane } = this.#deps;
    const ids = settlements.map(({ id }) => id);
    const tokens = new Map(settlements.map(({ id, token }) => [id, token]));
    const seeds = this.#held
      .of(ids)
      .filter(({ partition: { id, token } }) => tokens.get(id) === token);
    const { result, revision, lease, data } = await steps.do({
      ...{ lane, seeds },
      work: (engine, seen) => {
        seen.rooms.findHeld(ids);
        return engine.settle(settlements);
      },
      isSure: (verdicts) => verdicts.every((verdict) => verdict === 'done'),
    });
    this.#held.keep({ held: data.held, revision, lease });
    this.#holds.forget(noLongerHeld(settlements, result));
    return result;
  }

  /** `last`: that of a try in which somebody else was faster, or that was over. */
  async #leaseFor(leaseMs: number, last: FreeLease | undefined): Promise<FreeLease> {
    if (last === undefined) return this.#holds.take(leaseMs);
    return (await this.#holds.lengthen(last)) ? last : this.#holds.grant(leaseMs);
  }

  /** Those of leases that last are renewed; all others go on under a new one. */
  async #renewLeases(renewal: Renewal, data: EtcdPartitionData): Promise<FreeLease | null> {
    const { workerId, presenceMs, leaseMs } = renewal;
    const { keys } = this.#deps;
    const listed = new Set(data.renewed.keys());
    const leases = [...new Set([...data.renewed.values()].map(({ lease }) => lease))];
    const [presence, ...areRenewed] = await Promise.all([
      this.#presences.renew(workerId, presenceMs),
      ...leases.map((lease) => this.#holds.renew(lease, listed, leaseMs)),
    ]);
    data.writes.putBlindly(keys.named('present', workerId), '', presence);
    const renewed = new Set(leases.filter((_lease, nth) => areRenewed[nth] === true));
    for (const lease of renewed) this.#hear(data, BigInt(lease));
    const others = [...data.renewed.values()].filter(({ lease }) => !renewed.has(lease));
    for (const found of others) data.move(found);
    if (others.length === 0) return null;
    const granted = await this.#holds.grant(leaseMs);
    this.#hear(data, granted.id);
    return granted;
  }

  /** All that hang on the lease give a sign of life. */
  #hear({ writes }: EtcdPartitionData, lease: bigint): void {
    const { keys, clock } = this.#deps;
    writes.putBlindly(keys.in('leases', String(lease)), String(clock.now()), lease);
  }
}

function noLongerHeld(settlements: readonly Settlement[], verdicts: readonly Verdict[]): number[] {
  const ending = settlements.filter(
    ({ event }, nth) => verdicts[nth] === 'done' && event !== 'start' && event !== 'save',
  );
  return ending.map(({ id }) => id);
}
