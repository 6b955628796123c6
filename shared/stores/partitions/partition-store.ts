import type { IdRange } from '../../domain/id-range.ts';
import type { Partition, PartitionCounts, PartitionStatus } from '../../domain/partition.ts';

/**
 * What one namespace of partitioned work is kept in. Each method is one atomic step, whoever else
 * is at work at the same time; who holds what is decided by the store's own clock.
 *
 * Everything throws AppError `conflict` with `details.code` `store_lost` when the data are not those
 * that the store was opened on, and `unavailable` or `timeout` when the store cannot be asked: then
 * what was asked may have happened all the same, and may be asked again.
 */
export interface PartitionStore
  extends Election,
    Plans,
    Work,
    Workers,
    PartitionLooks,
    PartitionOperations,
    Commands {
  readonly identity: StoreIdentity;
  /** Takes the data that are there now for its own; absent: it cannot. */
  reopen?(): Promise<void>;
  close(): Promise<void>;
}

export interface StoreIdentity {
  /** Of the place where the data are: two stores never have the same one. */
  readonly id: string;
  /** Of the data: new ones begin with a new one, also in the same place. */
  readonly incarnation: string;
}

/** Somebody's turn at leading. Epochs grow by each turn. */
export interface Leadership {
  /** Empty: nobody leads. */
  readonly leader: string;
  readonly epoch: number;
  /** How long the lease still lasts if it is not renewed. */
  readonly leftMs: number;
}

export interface Election {
  /** Begins a turn, with an epoch of its own, when nobody's lease lasts; tells who leads now. */
  campaign(bid: { readonly candidate: string; readonly leaseMs: number }): Promise<Leadership>;
  /** False: the turn is over, for somebody else's began, or the lease ran out. */
  renewLeadership(turn: Turn & { readonly leaseMs: number }): Promise<boolean>;
  /** Ends the turn at once, where it still lasts. */
  resign(turn: Turn): Promise<void>;
  leadership(): Promise<Leadership>;
}

export interface Turn {
  readonly candidate: string;
  readonly epoch: number;
}

/** A partition that is to be made; its ID is the store's to give. */
export interface NewPartition extends IdRange {
  readonly options: Partition['options'];
  readonly priority: number;
}

export interface PlanState {
  /** The last ID that a plan has reached; null: nothing was planned yet. */
  readonly plannedTo: bigint | null;
  readonly lastPartitionId: number;
  /** Where the planner goes on, in its own words; empty at first. */
  readonly mark: string;
  readonly isPaused: boolean;
}

/**
 * What only the leader may do. All throw AppError `conflict` with `details.code` `fenced` for an
 * epoch that is not the one of the present turn.
 */
export interface Plans {
  planState(): Promise<PlanState>;
  /**
   * Makes partitions, all or none, and moves `plannedTo` from `after` to `to`, and the planner's
   * mark to `mark`; absent: it stays.
   * @throws AppError `conflict` with `details.code` `stale_plan` when `after` is not `plannedTo`.
   */
  plan(plan: {
    readonly epoch: number;
    readonly after: bigint | null;
    readonly to: bigint;
    readonly mark?: string;
    readonly partitions: readonly NewPartition[];
  }): Promise<void>;
  /** Makes those whose ranges no other partition has anything of, be it completed; gives their IDs. */
  fill(gaps: {
    readonly epoch: number;
    readonly partitions: readonly NewPartition[];
  }): Promise<readonly number[]>;
  /** Takes back what leases have run out on, and requeues what is due. */
  tend(rounds: Tending): Promise<Tended>;
}

export interface Tending {
  readonly epoch: number;
  /** By the leader's clock: it says when something is due, and nothing else. */
  readonly nowMs: number;
  /** After so many attempts a partition whose holder was lost is dead. */
  readonly attemptsMax: number;
  /** At most so many of each kind in one step. */
  readonly limit: number;
}

export interface Tended {
  readonly expired: readonly number[];
  readonly buried: readonly number[];
  readonly requeued: readonly number[];
}

export interface ClaimRequest {
  readonly workerId: string;
  readonly limit: number;
  readonly leaseMs: number;
  /** Whether those may be taken, too, whose holders' leases are over. */
  readonly isPreempting: boolean;
  /** One whose holders were lost so often is not preempted: the leader buries it. */
  readonly attemptsMax: number;
  /** The worker's first claim in this life: what it held in an earlier one comes first. */
  readonly isReturning: boolean;
  /** These and no others, in this order; those that cannot be claimed are left out. */
  readonly ids?: readonly number[];
}

/** What a holder says of a partition. */
export type Settlement = { readonly id: number; readonly token: number } & (
  | { readonly event: 'start' }
  | { readonly event: 'save'; readonly checkpoint: unknown }
  | { readonly event: 'complete'; readonly items: number }
  | { readonly event: 'fail'; readonly error: string; readonly nextRunAtMs: number }
  | { readonly event: 'bury'; readonly error: string }
  | { readonly event: 'release'; readonly items: number }
);

/** `fenced`: whoever said it does not hold the partition any more, and nothing has changed. */
export type Verdict = 'done' | 'fenced';

export interface Held {
  readonly id: number;
  readonly token: number;
}

export interface Renewal {
  readonly workerId: string;
  readonly held: readonly Held[];
  /** Of the partitions. */
  readonly leaseMs: number;
  /** Of the worker itself: it counts as active for so long. */
  readonly presenceMs: number;
}

export interface Renewed {
  /** IDs of those that are not held any more. */
  readonly lost: readonly number[];
  readonly activeWorkers: number;
  /** Pending, claimed and running ones: what there is to share out. */
  readonly shareable: number;
  readonly isPaused: boolean;
}

export interface Work {
  /**
   * Those of the highest priority first, and of these the ones with the lowest IDs. None while
   * paused.
   */
  claim(request: ClaimRequest): Promise<readonly Partition[]>;
  /** One verdict for each, in their order; each is a step of its own. */
  settle(settlements: readonly Settlement[]): Promise<readonly Verdict[]>;
  /** A sign of life of a worker, and of all that it holds. */
  renew(renewal: Renewal): Promise<Renewed>;
}

export interface WorkerPresence {
  readonly workerId: string;
  /** Epoch ms, by the store's clock. */
  readonly sinceMs: number;
  readonly lastSeenMs: number;
  readonly isActive: boolean;
  readonly held: number;
}

/** Which workers are listed no longer. Active ones always are. */
export interface Silence {
  /** Those that gave no sign of life for so long, by the store's clock, */
  readonly silentMs: number;
  /** and of all others that are inactive those that were silent longest, when there are more. */
  readonly inactiveMax: number;
}

export interface Workers {
  workers(): Promise<readonly WorkerPresence[]>;
  /** The worker is gone, as it was meant to be: it is not listed any more. */
  leave(workerId: string): Promise<void>;
  /** Does so for those that did not come to it. One that comes back is new. */
  forgetWorkers(silence: Silence): Promise<void>;
}

/** All that is given must hold. */
export interface PartitionFilter {
  readonly statuses?: readonly PartitionStatus[];
  readonly workerId?: string;
  readonly ids?: readonly number[];
  /** Only those behind this ID: how the next page is asked for. */
  readonly afterId?: number;
  readonly limit: number;
}

export interface PartitionLooks {
  /** Null: there is none, or it is completed: of those only their IDs and their ranges are kept. */
  partition(id: number): Promise<Partition | null>;
  isCompleted(id: number): Promise<boolean>;
  /** In the order of their IDs; completed ones are not among them. */
  partitions(filter: PartitionFilter): Promise<readonly Partition[]>;
  counts(): Promise<PartitionCounts>;
  /** The ranges of all completed partitions, joined. */
  completedRanges(within: IdRange): Promise<readonly IdRange[]>;
  /** Counts anew, puts right what was wrong, and tells what it was. */
  recount(): Promise<{ readonly were: PartitionCounts; readonly are: PartitionCounts }>;
}

export interface PartitionEdit {
  readonly options?: Partition['options'];
  readonly priority?: number;
}

/**
 * Puts failed and dead partitions back in the queue, with all their attempts before them. Null:
 * all of them, up to the limit. `isForced`: also those whose holders' leases are over.
 */
export interface RetryRequest {
  readonly ids: readonly number[] | null;
  readonly isForced: boolean;
  readonly limit: number;
}

export interface Retried {
  readonly retried: readonly number[];
  /** There, but not in a state to be tried again. */
  readonly skipped: readonly number[];
}

/** A partition whose ID is the caller's choice. */
export interface ChosenPartition extends NewPartition {
  readonly id: number;
}

export interface PartitionOperations {
  /**
   * Makes those that are not there yet, all or none; gives all of them that are not completed, in
   * the order of their IDs. Plans give their IDs behind the highest that was chosen.
   * @throws AppError `conflict` when one of the IDs is another range's.
   */
  create(partitions: readonly ChosenPartition[]): Promise<readonly Partition[]>;
  /**
   * Changes what a processor is given, or what comes first.
   * @throws AppError `not_found`, and `conflict` with `details.code` `version` when the partition's
   * version is not the expected one; null: any is.
   */
  edit(id: number, edit: PartitionEdit, expectedVersion: number | null): Promise<Partition>;
  /** See `RetryRequest`. */
  retry(request: RetryRequest): Promise<Retried>;
  /** Buries those that are not completed; their holders' tokens are dead. Gives their IDs. */
  cancel(ids: readonly number[], reason: string): Promise<readonly number[]>;
  /** Removes them, and what their tokens are good for; gives the IDs of those that were there. */
  remove(ids: readonly number[]): Promise<readonly number[]>;
  /** While paused nothing is claimed; what is held goes on. */
  setPaused(isPaused: boolean): Promise<void>;
}

/** Something to be done once, whoever does it and however often it is asked for. */
export interface Command {
  /** The caller's choice: what comes with the same ID again is the same command. */
  readonly id: string;
  readonly retry: RetryRequest;
}

export interface KeptCommand extends Command {
  /** Epoch ms, by the store's clock. */
  readonly submittedAtMs: number;
  /** Null: it is not done yet. */
  readonly done: { readonly atMs: number; readonly retried: Retried } | null;
}

export interface Commands {
  /** Keeps it to be done; gives it as it is kept, which may be done already. */
  submit(command: Command): Promise<KeptCommand>;
  /** Does it and keeps what came of it, in one step; of one that is done it gives that. Null: there is none. */
  execute(id: string): Promise<KeptCommand | null>;
  command(id: string): Promise<KeptCommand | null>;
  /** Those that are not done yet, the oldest first. */
  pendingCommands(limit: number): Promise<readonly KeptCommand[]>;
  /** Forgets those that were done before. */
  forgetCommands(doneBeforeMs: number): Promise<void>;
}
