import type { z } from 'zod';
import type { CoordinatorOptions } from '../../shared/coordinator/coordinator-options.ts';
import type { PartitionConfig } from '../../shared/domain/partition-config.ts';

const HEARTBEAT_MS_MAX = 10_000;
const LEADER_LEASE_MS_MAX = 30_000;
const LEASE_SHARE = 3;
/** Of the lease: how often the leader looks whether one is over. */
const TEND_SHARE = 10;
const TEND_MS_MAX = 1_000;

/** What the coordinator is told by a runner's `partition`. */
export function coordinatorOptions(
  partition: PartitionConfig,
  firstId: bigint,
): z.input<typeof CoordinatorOptions> {
  const { lease_ms: leaseMs } = partition;
  return {
    first_id: firstId,
    task_window: partition.window,
    allow_preemption: partition.preempt,
    attempts_max: partition.attempts_max,
    task_timeout_ms: partition.task_timeout_ms,
    partition_lock_expiry_ms: leaseMs,
    heartbeat_interval_ms: Math.min(HEARTBEAT_MS_MAX, Math.ceil(leaseMs / LEASE_SHARE)),
    leader_lock_expiry_ms: Math.min(LEADER_LEASE_MS_MAX, leaseMs),
    allocation_interval_ms: partition.planner_interval_ms,
    tend_interval_ms: Math.min(TEND_MS_MAX, Math.ceil(leaseMs / TEND_SHARE)),
  };
}
