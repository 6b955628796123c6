import type { Partition } from '../../../domain/partition.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { EtcdClient } from '../../etcd/etcd-client.ts';
import { inFitting } from '../../etcd/in-fitting.ts';
import { secondsOf } from '../../etcd/lease-seconds.ts';
import type { ClaimRequest, Renewal, Renewed, Settlement, Verdict } from '../partition-store.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import type { EtcdPartitionData } from './etcd-partition-data.ts';
import type { EtcdSteps } from './etcd-steps.ts';
import { HeldCache } from './held-cache.ts';
import { HoldLeases } from './hold-leases.ts';
import type { LedgerLane } from './ledger-lane.ts';
import { readPartition, tokenOf } from './partition-text.ts';
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
  readonly #held: HeldCache;
  readonly #holds: HoldLeases;
  readonly #presences: PresenceLeases;

  constructor(deps: WorkDeps) {
    this.#deps = deps;
    this.#held = new HeldCache(deps.keys);
    this.#holds = new HoldLeases(deps.client);
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
    const { held } = renewal;
    const { result, revision, writes, lease, data } = await this.#deps.steps.do({
      work: (engine, seen) => {
        seen.rooms.findHeld(held.map(({ id }) => id));
        return engine.renew(renewal);
      },
      prepare: (seen) => this.#renewLeases(renewal, seen),
    });
    this.#held.keep(writes, revision);
    this.#held.drop(result.lost);
    this.#holds.forget(result.lost);
    if (lease !== 0n) this.#holds.hang(data.moved, lease, renewal);
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
    const spares: bigint[] = [];
    const { result, revision, lease, writes, data } = await steps.do({
      lane: claims,
      work: (engine, seen) => {
        seen.heldMax = TAKEN_BACK_MAX;
        if (request.ids !== undefined) {
          seen.rooms.find(request.ids);
          seen.rooms.lookAtLeases();
        }
        return engine.claim(request);
      },
      prepare: async (seen) => {
        if (seen.handed.length === 0) return 0n;
        // That of a try in which somebody else was faster.
        const spare = spares.pop();
        const isSpare = spare !== undefined && (await client.keepAlive(spare)) > 0;
        const taken = isSpare ? spare : await this.#holds.take(request.leaseMs);
        spares.push(taken);
        this.#hear(seen, taken);
        return taken;
      },
    });
    this.#held.keep(writes, revision);
    if (lease !== 0n) this.#holds.hang(data.handed, lease, request);
    else await Promise.all(spares.map((spare) => client.revoke(spare)));
    return result.map((partition) => ({
      ...partition,
      token: tokenOf(revision, partition.token),
    }));
  }

  async #settleSome(settlements: readonly Settlement[]): Promise<readonly Verdict[]> {
    const { steps, settlements: lane } = this.#deps;
    const ids = settlements.map(({ id }) => id);
    const tokens = new Map(settlements.map(({ id, token }) => [id, token]));
    const seeds = this.#held.of(ids).filter((known) => {
      const { partition } = readPartition(known);
      return tokens.get(partition.id) === partition.token;
    });
    const { result, revision, writes } = await steps.do({
      ...{ lane, seeds },
      work: (engine, data) => {
        data.rooms.findHeld(ids);
        return engine.settle(settlements);
      },
      isSure: (verdicts) => verdicts.every((verdict) => verdict === 'done'),
    });
    this.#held.keep(writes, revision);
    this.#holds.forget(noLongerHeld(settlements, result));
    return result;
  }

  /** Those of leases that last are renewed; all others go on under a new one. */
  async #renewLeases(renewal: Renewal, data: EtcdPartitionData): Promise<bigint> {
    const { workerId, presenceMs, leaseMs } = renewal;
    const { client, keys } = this.#deps;
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
    if (others.length === 0) return 0n;
    const { id } = await client.grant(secondsOf(leaseMs));
    this.#hear(data, id);
    return id;
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
