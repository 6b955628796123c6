import type { Clock } from '../../../kernel/clock.ts';
import type { RandomSource } from '../../../kernel/random.ts';
import type { PartitionStore } from '../partition-store.ts';
import type { LockedDocument } from './locked-document.ts';
import { SimpleSteps } from './simple-steps.ts';

interface SimpleStoreDeps {
  readonly document: LockedDocument;
  readonly namespace: string;
  /** For what waits; who holds what is decided by the clock of the document's place. */
  readonly clock: Clock;
  readonly random: RandomSource;
}

/**
 * The strategy `simple`: a namespace is one document, with a lock a partition that is held. For
 * small numbers of partitions, and plain to look at.
 */
export function simplePartitionStore(deps: SimpleStoreDeps): PartitionStore {
  const steps = new SimpleSteps(deps);
  return {
    identity: deps.document.identity,
    campaign: (bid) => steps.do((engine) => engine.campaign(bid)),
    renewLeadership: (turn) => steps.do((engine) => engine.renewLeadership(turn)),
    resign: (turn) => steps.do((engine) => engine.resign(turn)),
    leadership: () => steps.do((engine) => engine.leadership()),
    planState: () => steps.do((engine) => engine.planState()),
    plan: (plan) => steps.do((engine) => engine.plan(plan)),
    fill: (gaps) => steps.do((engine) => engine.fill(gaps)),
    tend: (tending) => steps.do((engine) => engine.tend(tending)),
    claim: (request) => steps.do((engine) => engine.claim(request)),
    settle: (settlements) => steps.do((engine) => engine.settle(settlements)),
    renew: (renewal) => steps.do((engine) => engine.renew(renewal)),
    workers: () => steps.do((engine) => engine.workers()),
    leave: (workerId) => steps.do((engine) => engine.leave(workerId)),
    partition: (id) => steps.do((engine) => engine.partition(id)),
    partitions: (filter) => steps.do((engine) => engine.partitions(filter)),
    counts: () => steps.do((engine) => engine.counts()),
    completedRanges: (within) => steps.do((engine) => engine.completedRanges(within)),
    recount: () => steps.do((engine) => engine.recount()),
    retry: (request) => steps.do((engine) => engine.retry(request)),
    cancel: (ids, reason) => steps.do((engine) => engine.cancel(ids, reason)),
    remove: (ids) => steps.do((engine) => engine.remove(ids)),
    setPaused: (isPaused) => steps.do((engine) => engine.setPaused(isPaused)),
    isCompleted: (id) => steps.do((engine) => engine.isCompleted(id)),
    create: (partitions) => steps.do((engine) => engine.create(partitions)),
    edit: (id, edit, version) => steps.do((engine) => engine.edit(id, edit, version)),
    submit: (command) => steps.do((engine) => engine.submit(command)),
    execute: (id) => steps.do((engine) => engine.execute(id)),
    command: (id) => steps.do((engine) => engine.command(id)),
    pendingCommands: (limit) => steps.do((engine) => engine.pendingCommands(limit)),
    forgetCommands: (beforeMs) => steps.do((engine) => engine.forgetCommands(beforeMs)),
    close: () => steps.close(),
  };
}
