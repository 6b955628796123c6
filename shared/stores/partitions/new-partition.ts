import type { Partition } from '../../domain/partition.ts';
import type { NewPartition } from './partition-store.ts';

/** A partition that nobody has touched yet. */
export function newPartition(id: number, given: NewPartition, nowMs: number): Partition {
  const { min, max, options, priority } = given;
  return {
    ...{ id, min, max, options, priority },
    ...{ status: 'pending', workerId: '', token: 0, version: 1, attempts: 0 },
    ...{ nextRunAtMs: 0, lastHeartbeatMs: 0, error: '', checkpoint: null, items: 0 },
    ...{ createdAtMs: nowMs, updatedAtMs: nowMs },
  };
}
