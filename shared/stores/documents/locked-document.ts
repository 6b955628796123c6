import type { StoreIdentity } from '../partitions/partition-store.ts';

/**
 * One text and some locks, in a place that several processes may share. The text changes as a
 * whole, together with its locks, and only for whoever has seen what it is; locks end by the clock
 * of the place.
 *
 * Everything throws as `PartitionStore` says.
 */
export interface LockedDocument {
  readonly identity: StoreIdentity;
  read(asked: DocumentQuestion): Promise<DocumentReading>;
  /** Gives the new revision. Null: it is of another one by now, and nothing has changed. */
  swap(change: DocumentChange): Promise<number | null>;
  close(): Promise<void>;
}

export interface DocumentQuestion {
  /** The one that is known already. */
  readonly revision: number;
  /** Names of the locks to look at. */
  readonly locks: readonly string[];
}

export interface DocumentReading {
  /** Never the same one for two texts. */
  readonly revision: number;
  /** Null: it is of the revision that is known. Empty: nothing was written yet. */
  readonly text: string | null;
  /** How often the place was started anew, and may have forgotten the last that it was told. */
  readonly restarts: number;
  /** Epoch ms, by the clock of the place. */
  readonly nowMs: number;
  /**
   * Of each lock that was asked for and lasts, how long it still does; of all but the leader's it
   * may be any longer time, the same in each reading.
   */
  readonly leftMs: ReadonlyMap<string, number>;
}

export interface DocumentChange {
  /** The one that it was made from. */
  readonly revision: number;
  readonly text: string;
  /** New ones, and those that last longer now. */
  readonly taken: readonly TakenLock[];
  readonly freed: readonly string[];
}

export interface TakenLock {
  readonly name: string;
  /** For people to look at. */
  readonly holder: string;
  readonly leaseMs: number;
}

/** Before anything was read. */
export const NO_REVISION = -1;

/** The one lock of which it is told how long it lasts. */
export const LEADER_LOCK = 'leader_lock';
