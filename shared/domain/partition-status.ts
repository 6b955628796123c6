import type { PartitionCounts } from './partition.ts';

/** What the status of a runner tells of work that agents share; IDs are text, as on the wire. */
export interface PartitionStatusView {
  readonly key: string;
  /** Who leads; empty: nobody does now. */
  readonly leader: string;
  readonly is_leader: boolean;
  /** What this agent is called in it. */
  readonly worker_id: string;
  /** Agents that are at work on it. */
  readonly active_workers: number;
  readonly is_paused: boolean;
  /** Null: nothing was planned yet. */
  readonly planned_to: string | null;
  readonly partitions: PartitionCounts;
  /** Those that this agent reads now. */
  readonly held: readonly PartitionHeld[];
  /** Those that others read, of the first of them. */
  readonly others: readonly PartitionOfOthers[];
}

export interface PartitionHeld {
  readonly partition_id: number;
  readonly min_id: string;
  readonly max_id: string;
  /** Settled by this attempt so far. */
  readonly records: number;
  readonly bytes: number;
  readonly records_per_second: number;
}

export interface PartitionOfOthers {
  readonly partition_id: number;
  readonly worker_id: string;
}
