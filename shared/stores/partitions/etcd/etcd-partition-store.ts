import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../../kernel/clock.ts';
import type { StoreCalls } from '../engine/partition-engine.ts';
import { storeOnEngine } from '../engine/store-on-engine.ts';
import type { PartitionStore } from '../partition-store.ts';
import { EtcdBatches } from './etcd-batches.ts';
import { EtcdElections } from './etcd-elections.ts';
import type { EtcdPartitionData } from './etcd-partition-data.ts';
import { EtcdSteps } from './etcd-steps.ts';
import { EtcdWork } from './etcd-work.ts';
import { LedgerFolder } from './ledger-folder.ts';
import { LedgerLane } from './ledger-lane.ts';
import {
  type EtcdPartitionOptions,
  type OpenedNamespace,
  openEtcdNamespace,
} from './open-etcd-namespace.ts';

/**
 * Opens a namespace that is kept in etcd, making it when there is none. Leases are etcd's: they last
 * whole seconds, of which there is a least number, and are never shorter than was asked for.
 * @throws AppError as `openEtcdNamespace` does.
 */
export async function openEtcdPartitionStore(
  options: EtcdPartitionOptions,
): Promise<PartitionStore> {
  return etcdPartitionStore(
    await openEtcdNamespace(options, { strategy: 'hash', writes: () => [] }),
    systemClock,
  );
}

/** The port as steps on etcd: looks by the engine alone, and what changes counts by a lane of its own. */
function etcdPartitionStore(opened: OpenedNamespace, clock: Clock): PartitionStore {
  const { client, keys, namespace, identity } = opened;
  const incarnation = { key: keys.one('incarnation'), value: identity.incarnation, namespace };
  const steps = new EtcdSteps({ client, keys, incarnation, clock });
  const newLane = () => new LedgerLane(randomUUID());
  const [claims, settlements, changes] = [newLane(), newLane(), newLane()];
  const elections = new EtcdElections(client, keys, steps);
  const work = new EtcdWork({ client, keys, steps, clock, claims, settlements });
  const batches = new EtcdBatches(steps, changes, clock);
  const folder = new LedgerFolder(steps, clock);
  const look = async <T>(ask: (engine: StoreCalls, data: EtcdPartitionData) => T): Promise<T> =>
    (await steps.do({ work: ask })).result;
  const change = async <T>(step: (engine: StoreCalls, data: EtcdPartitionData) => T): Promise<T> =>
    (await steps.do({ work: step, lane: changes })).result;
  const lookWithLeases = <T>(ask: (engine: StoreCalls) => T): Promise<T> =>
    look((engine, data) => {
      data.rooms.lookAtLeases();
      return ask(engine);
    });

  let closing: Promise<void> | null = null;
  /** What cannot be left in order, for etcd does not answer, ends by itself. */
  const leave = async (): Promise<void> => {
    try {
      await work.close();
      for (const lane of [claims, settlements, changes]) await folder.fold(lane);
    } catch {
      // See above.
    }
    client.close();
  };

  return {
    identity,
    ...storeOnEngine(look),
    campaign: (bid) => elections.campaign(bid),
    renewLeadership: (turn) => elections.renew(turn),
    resign: (turn) => elections.resign(turn),
    leadership: () => elections.leadership(),
    plan: (plan) => change((engine) => engine.plan(plan)),
    fill: (gaps) => change((engine) => engine.fill(gaps)),
    tend: async (tending) => {
      const tended = await batches.tend(tending);
      // It is not what was asked for: whatever keeps it from being done is told by other calls.
      await folder.foldForgotten().catch(() => undefined);
      return tended;
    },
    claim: (request) => work.claim(request),
    settle: async (some) => {
      const verdicts = await work.settle(some);
      await folder.foldIfGrown(settlements);
      return verdicts;
    },
    renew: (renewal) => work.renew(renewal),
    leave: (workerId) => work.leave(workerId),
    forgetWorkers: (silence) => batches.forgetWorkers(silence),
    partition: (id) => lookWithLeases((engine) => engine.partition(id)),
    partitions: (filter) => lookWithLeases((engine) => engine.partitions(filter)),
    retry: (request) => batches.retry(request),
    cancel: (ids, reason) => batches.cancel(ids, reason),
    remove: (ids) => batches.remove(ids),
    create: (partitions) =>
      change((engine, data) => {
        data.rooms.find(partitions.map(({ id }) => id));
        return engine.create(partitions);
      }),
    edit: (id, edit, version) => change((engine) => engine.edit(id, edit, version)),
    execute: (id) => batches.execute(id),
    forgetCommands: (beforeMs) => batches.forgetCommands(beforeMs),
    close: () => {
      closing ??= leave();
      return closing;
    },
  };
}
