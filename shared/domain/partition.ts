import type { IdRange } from './id-range.ts';

/**
 * What the seeds call the states of a partition, and `dead`: given up after its last attempt, or
 * cancelled, until somebody asks for a retry.
 */
export const PARTITION_STATUSES = [
  'pending',
  'claimed',
  'running',
  'completed',
  'failed',
  'dead',
] as const;
export type PartitionStatus = (typeof PARTITION_STATUSES)[number];

/** A piece of the work: a range of IDs that one worker at a time is busy with. */
export interface Partition extends IdRange {
  readonly id: number;
  readonly status: PartitionStatus;
  /** Who holds it; empty: nobody. */
  readonly workerId: string;
  /**
   * What the holder shows with everything that it says of the partition. Each claim has a new one,
   * greater than all before it in the namespace; what comes with an old one is refused. 0: never
   * claimed.
   */
  readonly token: number;
  /** 1 when it was made, and one more with each change. */
  readonly version: number;
  /** Claims that ended otherwise than in a hand-over. */
  readonly attempts: number;
  /** Higher ones are claimed first. */
  readonly priority: number;
  /** Epoch ms by the leader's clock: a failed one is tried again from then on. */
  readonly nextRunAtMs: number;
  /** Epoch ms by the store's clock, of the last sign of life of its holder; 0: none. */
  readonly lastHeartbeatMs: number;
  /** Why the last attempt failed; empty: it did not. */
  readonly error: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Where the next attempt goes on: any JSON value that the processor kept; null: nowhere yet. */
  readonly checkpoint: unknown;
  /** Items that the processor has counted, of all attempts that handed over or completed. */
  readonly items: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What may happen to a partition. */
export type PartitionEvent =
  /** A worker takes it. */
  | 'claim'
  /** A worker takes it from a holder whose lease is over. */
  | 'preempt'
  | 'start'
  /** Its holder keeps how far it has come. */
  | 'save'
  | 'complete'
  /** The attempt failed, and another one is due later. */
  | 'fail'
  /** The last attempt failed, or somebody cancelled it. */
  | 'bury'
  /** Its holder hands it back unfinished, which is no failure. */
  | 'release'
  /** The lease of its holder is over, and the leader takes it back. */
  | 'expire'
  /** The time for another attempt has come. */
  | 'requeue'
  /** Somebody asks for another attempt. */
  | 'retry'
  /** Somebody changes what a processor is given, or what comes first. */
  | 'edit';

type Transitions = Readonly<
  Record<PartitionEvent, Readonly<Partial<Record<PartitionStatus, PartitionStatus>>>>
>;

/** Every change of a status there is. What is not in this table does not happen. */
export const TRANSITIONS: Transitions = {
  claim: { pending: 'claimed' },
  preempt: { claimed: 'claimed', running: 'claimed' },
  // Whoever did not hear that it was taken says it again.
  start: { claimed: 'running', running: 'running' },
  save: { claimed: 'claimed', running: 'running' },
  complete: { claimed: 'completed', running: 'completed' },
  fail: { claimed: 'failed', running: 'failed' },
  bury: { pending: 'dead', claimed: 'dead', running: 'dead', failed: 'dead' },
  release: { claimed: 'pending', running: 'pending' },
  expire: { claimed: 'pending', running: 'pending' },
  requeue: { failed: 'pending' },
  retry: { failed: 'pending', dead: 'pending' },
  edit: {
    pending: 'pending',
    claimed: 'claimed',
    running: 'running',
    failed: 'failed',
    dead: 'dead',
  },
};

/** What the status becomes; null: that cannot happen in this one. */
export function statusAfter(event: PartitionEvent, from: PartitionStatus): PartitionStatus | null {
  return TRANSITIONS[event][from] ?? null;
}

/** Whether somebody holds a partition of this status, under a lease. */
export function isHeld(status: PartitionStatus): boolean {
  return status === 'claimed' || status === 'running';
}

/** How many partitions there are of each status. */
export type PartitionCounts = Readonly<Record<PartitionStatus, number>>;

export const NO_PARTITIONS: PartitionCounts = {
  pending: 0,
  claimed: 0,
  running: 0,
  completed: 0,
  failed: 0,
  dead: 0,
};

/** Of those that are not finished with: somebody still has to do something. */
export function openCount({ pending, claimed, running, failed }: PartitionCounts): number {
  return pending + claimed + running + failed;
}
