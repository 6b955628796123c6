import { isHeld } from '../../../domain/partition.ts';
import {
  type DocumentReading,
  LEADER_LOCK,
  type TakenLock,
} from '../../documents/locked-document.ts';
import type { NamespaceSnapshot } from '../memory/memory-partition-data.ts';

// A name may be a key of its own, as it is in Redis.
const partitionLock = (id: number): string => `partition_lock:${id}`;
const workerLock = (workerId: string): string => `heartbeat:${workerId}`;

interface Lock {
  readonly holder: string;
  readonly untilMs: number;
}

/** The locks that may be there: of the leader, of what is held, and of workers. */
export function lockNames({ rows, workers }: NamespaceSnapshot): string[] {
  const held = rows.filter(({ partition }) => isHeld(partition.status));
  return [
    LEADER_LOCK,
    ...held.map(({ partition }) => partitionLock(partition.id)),
    ...workers.map(({ workerId }) => workerLock(workerId)),
  ];
}

/** With what lasts by the locks, and nothing else. */
export function withLocks(
  snapshot: NamespaceSnapshot,
  { nowMs, leftMs }: DocumentReading,
): NamespaceSnapshot {
  const untilMs = (name: string) => nowMs + (leftMs.get(name) ?? 0);
  return {
    ...snapshot,
    state: { ...snapshot.state, leaderUntilMs: untilMs(LEADER_LOCK) },
    rows: snapshot.rows.map(({ partition }) => ({
      partition,
      leaseUntilMs: untilMs(partitionLock(partition.id)),
    })),
    workers: snapshot.workers.map((each) => ({
      ...each,
      untilMs: untilMs(workerLock(each.workerId)),
    })),
  };
}

/** What has to be done to the locks that are there, so that those last that last in `after`. */
export function lockChanges(
  { nowMs, leftMs }: DocumentReading,
  after: NamespaceSnapshot,
): { readonly taken: readonly TakenLock[]; readonly freed: readonly string[] } {
  const wanted = locksOf(after);
  const taken: TakenLock[] = [];
  for (const [name, { holder, untilMs }] of wanted) {
    const leaseMs = untilMs - nowMs;
    if (leaseMs > 0 && leaseMs !== leftMs.get(name)) taken.push({ name, holder, leaseMs });
  }
  const isOver = (name: string) => (wanted.get(name)?.untilMs ?? nowMs) <= nowMs;
  return { taken, freed: [...leftMs.keys()].filter(isOver) };
}

function locksOf({ state, rows, workers }: NamespaceSnapshot): Map<string, Lock> {
  const { turn, leaderUntilMs } = state;
  const leader = { holder: `${turn.candidate} epoch ${turn.epoch}`, untilMs: leaderUntilMs };
  const locks = new Map<string, Lock>([[LEADER_LOCK, leader]]);
  for (const { partition, leaseUntilMs } of rows) {
    const { id, status, workerId, token } = partition;
    const lock = { holder: `${workerId} token ${token}`, untilMs: leaseUntilMs };
    if (isHeld(status)) locks.set(partitionLock(id), lock);
  }
  for (const { workerId, untilMs } of workers) {
    locks.set(workerLock(workerId), { holder: workerId, untilMs });
  }
  return locks;
}
