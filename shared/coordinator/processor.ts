import type { Partition } from '../domain/partition.ts';

/** What the work on a partition may lean on, beside its range. */
export interface TaskTools {
  /**
   * Aborts when the partition is not this worker's any more, its time is over, or the worker stops:
   * `reason` says which. What is still done after that may be done by somebody else, too.
   */
  readonly signal: AbortSignal;
  /** Grows with each claim: a sink that refuses older ones than it has seen takes nothing late. */
  readonly token: number;
  /** What an earlier attempt has kept last, or null. */
  readonly checkpoint: unknown;
  /**
   * Keeps how far the work has come, any JSON value; resolves when it is kept.
   * @throws AppError `conflict` when the partition is not this worker's any more.
   */
  readonly save: (checkpoint: unknown) => Promise<void>;
}

export interface Processor {
  /**
   * Works off the IDs [minId, maxId], both inclusive; gives the number of items. To throw means
   * that the attempt has failed: another one gets the last checkpoint.
   */
  process(
    minId: bigint,
    maxId: bigint,
    options: Partition['options'],
    tools: TaskTools,
  ): Promise<number>;
}

/** Tells how the IDs are cut, and how far they go. */
export interface Planner {
  /** IDs a partition. */
  partitionSize(signal: AbortSignal): Promise<bigint>;
  /**
   * The last ID to plan now, inclusive: at most `startId + rangeSize - 1`, less where there are no
   * more IDs yet, and below `startId` where there are none.
   *
   * @param startId The first ID that was not planned yet, inclusive.
   */
  nextMaxId(startId: bigint, rangeSize: bigint, signal: AbortSignal): Promise<bigint>;
  /** Whether there are items among [minId, maxId], both inclusive; asked for gaps of sparse IDs. */
  hasData?(minId: bigint, maxId: bigint, signal: AbortSignal): Promise<boolean>;
}

/** A piece of work that is not told by numbers; it becomes a partition of one ID. */
export interface Piece {
  readonly options: Partition['options'];
}

/** Plans work that is not told by numbers, such as files: each piece has an ID of its own. */
export interface PiecePlanner {
  /**
   * The next pieces, at most `limit`; none: there are no more yet. The `mark` that comes with them
   * is kept with the plan in one step, and asked with the next time, whoever leads then.
   *
   * @param mark Where to go on, in the planner's own words; empty at first.
   */
  nextPieces(mark: string, limit: number, signal: AbortSignal): Promise<NextPieces>;
}

export interface NextPieces {
  readonly pieces: readonly Piece[];
  readonly mark: string;
}

export function plansPieces(planner: Planner | PiecePlanner): planner is PiecePlanner {
  return 'nextPieces' in planner;
}
