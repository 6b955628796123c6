import type { ClaimRequest, PartitionStore, Settlement, Verdict } from '../partition-store.ts';
import { CommandBook } from './command-book.ts';
import { Elections } from './elections.ts';
import { forgetWorkers } from './forget-workers.ts';
import { Operations } from './operations.ts';
import type { PartitionData } from './partition-data.ts';
import { Planning } from './planning.ts';
import type { SideBySide } from './side-by-side.ts';
import type { StoreClock } from './store-clock.ts';
import type { Stretch } from './stretch.ts';
import { Work } from './work.ts';

/** What a store may be asked, by name. */
export type StoreCalls = {
  readonly [Name in Exclude<keyof PartitionStore, 'identity' | 'reopen' | 'close'>]: (
    ...args: Parameters<PartitionStore[Name]>
  ) => Awaited<ReturnType<PartitionStore[Name]>>;
};

/** The same, and what workers ask all the time also of many at once. */
export interface PartitionEngine extends StoreCalls {
  readonly claimStretches: (request: ClaimRequest) => Stretch[];
  readonly settleGroups: (groups: readonly SideBySide<Settlement>[]) => Verdict[];
}

/**
 * All that a store does, done at once to data that nobody else touches meanwhile. Stores that have
 * the data in this process, or in a transaction, differ in nothing else.
 */
export function partitionEngine(data: PartitionData, clock: StoreClock): PartitionEngine {
  const elections = new Elections(data, clock);
  const planning = new Planning(data, clock);
  const work = new Work(data, clock);
  const operations = new Operations(data, clock);
  const commands = new CommandBook(data, clock, operations);
  return {
    campaign: (bid) => elections.campaign(bid),
    renewLeadership: (turn) => elections.renew(turn),
    resign: (turn) => elections.resign(turn),
    leadership: () => elections.leadership(),
    planState: () => {
      const { plannedTo, lastPartitionId, mark, isPaused } = data.state();
      return { plannedTo, lastPartitionId, mark, isPaused };
    },
    plan: ({ epoch, ...plan }) => {
      elections.requireEpoch(epoch);
      planning.plan(plan);
    },
    fill: ({ epoch, partitions }) => {
      elections.requireEpoch(epoch);
      return planning.fill(partitions);
    },
    tend: (tending) => {
      elections.requireEpoch(tending.epoch);
      return planning.tend(tending);
    },
    claim: (request) => work.claim(request),
    claimStretches: (request) => work.claimStretches(request),
    settle: (settlements) => work.settle(settlements),
    settleGroups: (groups) => work.settleGroups(groups),
    renew: (renewal) => work.renew(renewal),
    workers: () => work.workers(),
    leave: (workerId) => data.dropWorker(workerId),
    forgetWorkers: (silence) => forgetWorkers(data, clock, silence),
    partition: (id) => data.get(id)?.partition ?? null,
    partitions: (filter) => data.list(filter),
    counts: () => data.counts(),
    completedRanges: (within) => data.completedIn(within),
    recount: () => ({ were: data.recount(), are: data.counts() }),
    isCompleted: (id) => data.isCompleted(id),
    create: (partitions) => operations.create(partitions),
    edit: (id, edit, expectedVersion) => operations.edit(id, edit, expectedVersion),
    retry: (request) => operations.retry(request),
    cancel: (ids, reason) => operations.cancel(ids, reason),
    remove: (ids) => operations.remove(ids),
    setPaused: (isPaused) => data.setState({ isPaused }),
    submit: (command) => commands.submit(command),
    execute: (id) => commands.execute(id),
    command: (id) => data.command(id),
    pendingCommands: (limit) => data.pendingCommands(limit),
    forgetCommands: (doneBeforeMs) => data.forgetCommands(doneBeforeMs),
  };
}
