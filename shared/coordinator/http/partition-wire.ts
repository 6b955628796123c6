import { openCount, type Partition, type PartitionCounts } from '../../domain/partition.ts';
import type {
  KeptCommand,
  PlanState,
  WorkerPresence,
} from '../../stores/partitions/partition-store.ts';
import type { GapReport } from '../gap-search.ts';

/** IDs of the work are text: a double does not hold 64 bits. */
export function partitionOnWire(partition: Partition) {
  return {
    partition_id: partition.id,
    min_id: String(partition.min),
    max_id: String(partition.max),
    worker_id: partition.workerId,
    status: partition.status,
    last_heartbeat: timeOrNull(partition.lastHeartbeatMs),
    version: partition.version,
    token: partition.token,
    attempts: partition.attempts,
    priority: partition.priority,
    next_run_at: timeOrNull(partition.nextRunAtMs),
    error: partition.error,
    options: partition.options,
    checkpoint: partition.checkpoint,
    items: partition.items,
    created_at: time(partition.createdAtMs),
    updated_at: time(partition.updatedAtMs),
  };
}

/** Under the names that the original's code gives, and those of its documents. */
export function countsOnWire(counts: PartitionCounts, plan: PlanState) {
  const { pending, claimed, running, completed, failed, dead } = counts;
  const total = openCount(counts) + completed + dead;
  const rate = (part: number) => (total === 0 ? 0 : part / total);
  return {
    ...{ total, pending, claimed, running, completed, failed, dead },
    completion_rate: rate(completed),
    failure_rate: rate(failed + dead),
    max_partition_id: plan.lastPartitionId,
    last_allocated_id: plan.plannedTo === null ? '0' : String(plan.plannedTo),
    is_paused: plan.isPaused,
    ...{ TotalCount: total, CompletedCount: completed, RunningCount: running, FailedCount: failed },
  };
}

export function workerOnWire({ workerId, sinceMs, lastSeenMs, isActive, held }: WorkerPresence) {
  return {
    worker_id: workerId,
    register_time: time(sinceMs),
    last_heartbeat: time(lastSeenMs),
    is_active: isActive,
    held_partitions: held,
  };
}

export function commandOnWire({ id, submittedAtMs, done, retry }: KeptCommand) {
  return {
    command_id: id,
    type: 'retry_failed_partitions',
    status: done === null ? 'pending' : 'completed',
    parameters: { partition_ids: retry.ids ?? [], force: retry.isForced },
    submitted_at: time(submittedAtMs),
    completed_at: done === null ? null : time(done.atMs),
    retried_partitions: done?.retried.retried ?? [],
    skipped_partitions: done?.retried.skipped ?? [],
  };
}

export function gapsOnWire(report: GapReport) {
  return {
    mode: report.mode,
    scanned_from: String(report.scanned.min),
    scanned_to: String(report.scanned.max),
    partitions_checked: report.partitionsChecked,
    gaps: report.gaps.map(({ min, max, previous, next, action }) => ({
      start_id: String(min),
      end_id: String(max),
      size: String(max - min + 1n),
      prev_partition: previous,
      next_partition: next,
      action,
    })),
    overlaps: report.overlaps.map(({ min, max, partitions }) => ({
      ...{ start_id: String(min), end_id: String(max), partitions },
    })),
    coverage_ratio: report.coverage,
    is_more: report.isMore,
    created_partition_ids: report.createdPartitions,
    duration_ms: report.durationMs,
    detected_at: time(report.detectedAtMs),
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function timeOrNull(ms: number): string | null {
  return ms === 0 ? null : time(ms);
}
