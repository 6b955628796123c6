import type { Partition } from '../domain/partition.ts';
import type { WorkerPresence } from '../stores/partitions/partition-store.ts';

/** What is known of a partition and of what it waits for. */
export interface Situation {
  /** Null: nothing is kept of it, or it is completed. */
  readonly partition: Partition | null;
  readonly isCompleted: boolean;
  readonly isPaused: boolean;
  readonly leader: string;
  readonly workers: readonly WorkerPresence[];
  /** Epoch ms. */
  readonly nowMs: number;
}

/** Why a partition is not being worked on, or that it is, in sentences for people. */
export function explain(id: number, situation: Situation): readonly string[] {
  const { partition, isCompleted } = situation;
  if (isCompleted) return ['It is completed.'];
  if (partition === null)
    return [`There is no partition ${id}: it was never planned, or was removed.`];
  switch (partition.status) {
    case 'pending':
      return waiting(situation);
    case 'claimed':
    case 'running':
      return [held(partition, situation)];
    case 'failed':
      return [
        `Attempt ${partition.attempts} failed: ${partition.error}.`,
        next(partition, situation),
      ];
    case 'dead':
      return [
        `It was given up after ${partition.attempts} attempts: ${partition.error}.`,
        'It runs again when somebody retries it.',
      ];
    case 'completed':
      return ['It is completed.'];
  }
}

function waiting({ isPaused, workers }: Situation): string[] {
  if (isPaused) return ['All is paused: nothing is claimed until somebody resumes.'];
  const active = workers.filter(({ isActive }) => isActive);
  if (active.length === 0) return ['No worker is active: nobody is there to claim it.'];
  const names = active.map(({ workerId, held: count }) => `${workerId} (${count})`).join(', ');
  return [
    `It waits for one of ${active.length} active workers to have room; they hold: ${names}.`,
    'Those of a higher priority, and of these the ones with lower IDs, come first.',
  ];
}

function held({ workerId, status, lastHeartbeatMs }: Partition, { workers, nowMs }: Situation) {
  const isThere = workers.some((each) => each.workerId === workerId && each.isActive);
  const ago = `${Math.max(0, Math.round((nowMs - lastHeartbeatMs) / 1_000))} s ago`;
  if (isThere) return `It is ${status} by ${workerId}, whose last sign of life was ${ago}.`;
  return `It is ${status} by ${workerId}, which is not active any more (last sign of life ${ago}); it is taken back when the lease is over.`;
}

function next({ nextRunAtMs }: Partition, { leader, nowMs }: Situation): string {
  if (leader === '') return 'Nobody leads: the next attempt waits for a leader.';
  const inMs = nextRunAtMs - nowMs;
  return inMs > 0
    ? `The next attempt is due in ${Math.ceil(inMs / 1_000)} s.`
    : 'The next attempt is due, and begins when the leader has seen it.';
}
