import type { IdRange } from '../../../domain/id-range.ts';
import type { Partition, PartitionCounts } from '../../../domain/partition.ts';
import type { KeptCommand, PartitionFilter, PlanState, Turn } from '../partition-store.ts';
import type { PartitionRow, Stretch } from './stretch.ts';

/** What there is one of in a namespace. */
export interface NamespaceState extends PlanState {
  readonly turn: Turn;
  /** By the store's monotonic clock. */
  readonly leaderUntilMs: number;
  readonly lastToken: number;
}

export const NEW_NAMESPACE: NamespaceState = {
  turn: { candidate: '', epoch: 0 },
  leaderUntilMs: 0,
  ...{ plannedTo: null, lastPartitionId: 0, mark: '', lastToken: 0, isPaused: false },
};

export interface Presence {
  readonly workerId: string;
  /** Epoch ms. */
  readonly sinceMs: number;
  readonly lastSeenMs: number;
  /** By the store's monotonic clock. */
  readonly untilMs: number;
}

/**
 * Where a namespace's data lie, for an engine that has it to itself while it works on it: within
 * one turn of the event loop, or one transaction. All that is asked for is found by an index. Where
 * partitions that are alike lie together it gives them as one stretch, else each as one of its own.
 */
export interface PartitionData {
  state(): NamespaceState;
  setState(change: Partial<NamespaceState>): void;

  counts(): PartitionCounts;
  /** Counts all there are; gives what the counts were before. */
  recount(): PartitionCounts;

  get(id: number): PartitionRow | null;
  /** That one and those behind it that are alike and lie together with it, at most so many in all. */
  alike(id: number, most: number): Stretch | null;
  list(filter: PartitionFilter): Partition[];
  /** The first ones that are pending, in the order in which they are claimed. */
  ready(limit: number): Stretch[];
  /** Held ones whose leases are over at that moment of the monotonic clock. */
  expired(atMs: number, limit: number): Stretch[];
  /** Failed ones whose next attempt is due. */
  due(nowMs: number, limit: number): Stretch[];
  heldBy(workerId: string): Stretch[];
  /** By worker; of those that hold any. */
  heldCounts(): ReadonlyMap<string, number>;
  /** Whether some partition that is not completed has an ID of the range. */
  isTaken(range: IdRange): boolean;
  completedIn(range: IdRange): IdRange[];
  isCompleted(id: number): boolean;

  add(partitions: readonly Partition[]): void;
  /** `before` was given by a look. A completed one is its range, from then on, and no more. */
  replace(before: Stretch, after: Stretch): void;
  renew(held: Stretch, leaseUntilMs: number, nowMs: number): void;
  remove(partition: Partition): void;

  workers(): Presence[];
  setWorker(presence: Presence): void;
  dropWorker(workerId: string): void;

  command(id: string): KeptCommand | null;
  /** A new one, or one that is done now. */
  setCommand(command: KeptCommand): void;
  pendingCommands(limit: number): KeptCommand[];
  forgetCommands(doneBeforeMs: number): void;
}
