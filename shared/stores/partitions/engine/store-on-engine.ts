import type { PartitionStore } from '../partition-store.ts';
import type { StoreCalls } from './partition-engine.ts';

/** Does one step, or one look, with an engine that has the data to itself meanwhile. */
type Step = <T>(work: (engine: StoreCalls) => T) => Promise<T>;

/** The port, each call of which is one step of the engine. */
export function storeOnEngine(step: Step): Omit<PartitionStore, 'identity' | 'close'> {
  return {
    campaign: (bid) => step((engine) => engine.campaign(bid)),
    renewLeadership: (turn) => step((engine) => engine.renewLeadership(turn)),
    resign: (turn) => step((engine) => engine.resign(turn)),
    leadership: () => step((engine) => engine.leadership()),
    planState: () => step((engine) => engine.planState()),
    plan: (plan) => step((engine) => engine.plan(plan)),
    fill: (gaps) => step((engine) => engine.fill(gaps)),
    tend: (tending) => step((engine) => engine.tend(tending)),
    claim: (request) => step((engine) => engine.claim(request)),
    settle: (settlements) => step((engine) => engine.settle(settlements)),
    renew: (renewal) => step((engine) => engine.renew(renewal)),
    workers: () => step((engine) => engine.workers()),
    leave: (workerId) => step((engine) => engine.leave(workerId)),
    forgetWorkers: (silence) => step((engine) => engine.forgetWorkers(silence)),
    partition: (id) => step((engine) => engine.partition(id)),
    partitions: (filter) => step((engine) => engine.partitions(filter)),
    counts: () => step((engine) => engine.counts()),
    completedRanges: (within) => step((engine) => engine.completedRanges(within)),
    recount: () => step((engine) => engine.recount()),
    retry: (request) => step((engine) => engine.retry(request)),
    cancel: (ids, reason) => step((engine) => engine.cancel(ids, reason)),
    remove: (ids) => step((engine) => engine.remove(ids)),
    setPaused: (isPaused) => step((engine) => engine.setPaused(isPaused)),
    isCompleted: (id) => step((engine) => engine.isCompleted(id)),
    create: (partitions) => step((engine) => engine.create(partitions)),
    edit: (id, edit, version) => step((engine) => engine.edit(id, edit, version)),
    submit: (command) => step((engine) => engine.submit(command)),
    execute: (id) => step((engine) => engine.execute(id)),
    command: (id) => step((engine) => engine.command(id)),
    pendingCommands: (limit) => step((engine) => engine.pendingCommands(limit)),
    forgetCommands: (beforeMs) => step((engine) => engine.forgetCommands(beforeMs)),
  };
}
