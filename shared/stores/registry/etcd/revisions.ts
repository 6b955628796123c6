import { EVENTS_MAX } from '../registry-store.ts';

/** Changes that one transaction makes at most. */
export const CHANGES_MAX = 32;
/** As many places for events as there are, and a power of two. */
const SLOTS = 64;
/** Below a revision of etcd: which change it is of its transaction, and where its event is. */
const LOWS = CHANGES_MAX * SLOTS;

/** Data from their beginning until they are wiped. */
export interface Era {
  /**
   * The time at which they began, in epoch ms. Revisions of etcd begin at 1 again when it is emptied;
   * as long as it makes less than one a millisecond, those of the next era are greater for this.
   */
  readonly base: number;
  /** Of etcd, at which they began. */
  readonly begun: number;
}

/**
 * The revision of a change: that of etcd, which all changes of a transaction share, and then what
 * tells them apart.
 */
export function revisionOf({ base }: Era, etcdRevision: number, low: number): number {
  return (base + etcdRevision) * LOWS + low;
}

/** The last one that there may be of that revision of etcd. */
export function lastRevisionOf(era: Era, etcdRevision: number): number {
  return revisionOf(era, etcdRevision, LOWS - 1);
}

/** The revision of etcd; below 1: it is of other data. */
export function etcdRevisionOf({ base }: Era, revision: number): number {
  return Math.floor(revision / LOWS) - base;
}

/** The first revision of etcd that may have a change after that one. */
export function etcdRevisionAfter(era: Era, revision: number): number {
  return etcdRevisionOf(era, revision + 1);
}

/** What is below the revision of etcd in the so-manieth change of a transaction. */
export function lowOf(nth: number, slot: number): number {
  return nth * SLOTS + slot;
}

/** Where the event of the change was put that has led to that revision. */
export function slotOf(revision: number): number {
  return revision % SLOTS;
}

/** Where the next one goes: over the oldest, once there are as many as are kept. */
export function nextSlot(slot: number): number {
  return (slot + 1) % EVENTS_MAX;
}
