import type { InstanceEvent, InstanceRecord } from '../../domain/instance-record.ts';

/**
 * What the instances of services are kept in: records, each with a revision, and apart from them
 * leases, which end by the store's own clock. Every change of a record is one atomic step that holds
 * only for the revision it was made from; what it means is not the store's concern.
 *
 * All revisions of a store are in one order, and those of data that were wiped are below the first
 * one of the data that came after them. Everything throws AppError `unavailable` or `timeout` when
 * the store cannot be asked: then what was asked may have happened all the same.
 */
export interface RegistryStore {
  /** Those instances, in the same order; null for one that is not there. */
  find(ids: readonly string[]): Promise<readonly (StoredInstance | null)[]>;

  /** Instances in the order of their IDs, of one service or (null) of all. */
  list(page: InstancePage): Promise<readonly StoredInstance[]>;

  /** The services that have instances, in the order of their names. */
  services(): Promise<readonly { readonly name: string; readonly instances: number }[]>;

  /** Makes each of the changes, whatever becomes of the others. Results are in the same order. */
  write(changes: readonly InstanceChange[]): Promise<readonly WriteOutcome[]>;

  /** Makes leases last so long from now on. No record is written, whatever it says. */
  renew(ids: readonly string[], ttlMs: number): Promise<readonly RenewOutcome[]>;

  /** Leases that have ended and are still there, those first that ended first where that is known. */
  overdue(limit: number): Promise<Overdue>;

  /**
   * What has changed after that revision, in the order of revisions, each instance once. Null: what
   * was removed since is not known any more, or the data are other ones: everything must be read.
   */
  changesSince(revision: number, limit: number): Promise<Changes | null>;

  /** The latest one. */
  revision(): Promise<number>;

  /** What happened to that instance, the latest first, `EVENTS_MAX` at most. */
  history(id: string): Promise<readonly InstanceEvent[]>;

  /**
   * Takes the turn to expire instances, or keeps it, for so long: its epoch, which grows by each
   * turn. Null: somebody else has it.
   */
  own(owner: string, leaseMs: number): Promise<number | null>;

  /** Gives the turn up, if it is that one's. */
  disown(owner: string): Promise<void>;

  /** Forgets which instances were removed, but for the last so many. */
  forget(keep: number): Promise<void>;

  close(): Promise<void>;
}

/** Of each instance so many events are kept. */
export const EVENTS_MAX = 50;

export interface StoredInstance {
  readonly record: InstanceRecord;
  /** Of its last change. */
  readonly revision: number;
  /** Null: it has none. */
  readonly lease: Lease | null;
}

export interface Lease {
  /** Below 0: it has ended. */
  readonly leftMs: number;
  readonly sinceRenewMs: number;
}

export interface InstancePage {
  readonly service: string | null;
  /** Only IDs behind this one; '': all. */
  readonly after: string;
  readonly limit: number;
}

export interface InstanceChange {
  readonly id: string;
  /** The revision that it is made from; 0: it is not there. */
  readonly expected: number;
  /** Null: the instance goes, with its lease and what happened to it. Its name never changes. */
  readonly record: InstanceRecord | null;
  /** A time: it has one that lasts so long from now on; `keep`: as it is; `end`: it has none. */
  readonly lease: { readonly ttlMs: number } | 'keep' | 'end';
  /** What is told of it in its history; null: nothing. */
  readonly event: InstanceEvent | null;
  /** Holds only while that turn lasts; and where `isOverdue`, only for a lease that has ended. */
  readonly fence?: { readonly epoch: number; readonly isOverdue: boolean };
}

export type WriteOutcome =
  | { readonly isDone: true; readonly revision: number }
  /** It is of another revision, or its lease is not as it must be: this is what is there. */
  | {
      readonly isDone: false;
      readonly why: 'changed' | 'renewed';
      readonly there: StoredInstance | null;
    }
  /** Another turn to expire instances has begun, or that one has ended. */
  | { readonly isDone: false; readonly why: 'fenced'; readonly there: null };

/** `ended`: the instance is there, and has no lease. */
export type RenewOutcome = 'renewed' | 'ended' | 'unknown';

export interface Overdue {
  readonly ids: readonly string[];
  /** All that have ended, also those that are not among the IDs. */
  readonly ended: number;
  /** All that there are, ended or not. */
  readonly leases: number;
}

export interface Changes {
  /** To go on from. */
  readonly revision: number;
  readonly changes: readonly {
    readonly id: string;
    readonly service: string;
    readonly revision: number;
    /** Null: it was removed. */
    readonly instance: StoredInstance | null;
  }[];
  /** There are more, behind `revision`. */
  readonly isMore: boolean;
}
