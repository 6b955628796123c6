const SECONDS = [0.001, 0.01, 0.1, 0.5, 1, 2, 5, 10] as const;
const LONG_SECONDS = [...SECONDS, 30, 60] as const;

interface MetricRow {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
  readonly buckets?: readonly number[];
}

/** The prefix of all names, which is the original's. */
export const METRIC_PREFIX = 'elk_coordinator_';

const gauge = (labels: readonly string[], help: string): MetricRow => ({
  ...{ type: 'gauge', labels, help },
});
const counter = (labels: readonly string[], help: string): MetricRow => ({
  ...{ type: 'counter', labels, help },
});
const histogram = (
  labels: readonly string[],
  help: string,
  buckets: readonly number[] = SECONDS,
): MetricRow => ({ type: 'histogram', labels, help, buckets });

/**
 * All figures of partitioned work: what they are called, and what they tell. The first fifteen are the original's, the next five those that its design promises.
 */
export const METRICS = {
  is_leader: gauge(['node_id'], 'Whether this process leads (1) or not (0).'),
  partitions_total: gauge([], 'Partitions that there are and were, as the leader sees them.'),
  partitions_assigned_total: counter([], 'Plans that were made.'),
  partitions_assignment_duration_seconds: histogram([], 'How long the making of a plan took.'),
  active_workers_count: gauge([], 'Workers that gave a sign of life lately.'),
  node_heartbeat_timestamp_seconds: gauge(['worker_id'], 'When the last heartbeat went well.'),
  node_heartbeat_errors_total: counter(['worker_id'], 'Heartbeats that failed.'),
  node_info: gauge(
    ['worker_id', 'version', 'go_version', 'os_type'],
    'Always 1; the labels tell about the process (go_version: the version of Node).',
  ),
  node_task_queue_active_tasks: gauge(['worker_id'], 'Partitions that this process holds.'),
  node_tasks_processed_total: counter(['worker_id'], 'Partitions that were completed here.'),
  node_tasks_processed_items_total: counter(['worker_id'], 'Items that processors have counted.'),
  node_tasks_errors_total: counter(
    ['worker_id', 'error_type'],
    'Partitions that failed here: processing_failed, or timeout.',
  ),
  node_task_processing_duration_seconds: histogram(
    ['worker_id'],
    'From the claim of a partition to its end.',
    LONG_SECONDS,
  ),
  node_task_processor_duration_seconds: histogram(
    ['worker_id'],
    'How long the processor took for a partition.',
    LONG_SECONDS,
  ),
  node_circuit_breaker_tripped_total: counter(
    ['worker_id', 'breaker_name'],
    'How often the breaker has opened.',
  ),
  leader_election_attempts_total: counter(
    ['node_id'],
    'How often this process stood for election.',
  ),
  leader_election_failures_total: counter(
    ['node_id', 'reason'],
    'Elections that were not won: lost, or error.',
  ),
  node_task_window_size: gauge(['worker_id'], 'How many partitions may be at work at a time.'),
  node_tasks_active_processing: gauge(['worker_id'], 'Partitions whose processors are at work.'),
  node_circuit_breaker_state: gauge(
    ['worker_id', 'breaker_name'],
    'The breaker: 0 closed, 1 open, 2 half open.',
  ),

  partitions: gauge(['status'], 'Partitions of each status.'),
  leader_epoch: gauge([], 'The epoch of the present turn at leading.'),
  leader_transitions_total: counter(['node_id'], 'Turns at leading that this process has begun.'),
  partitions_planned_total: counter([], 'Partitions that plans of this process have made.'),
  partition_claims_total: counter(
    ['worker_id', 'result'],
    'Claims: claimed (partitions), empty, or error (calls).',
  ),
  partitions_lost_total: counter(['worker_id'], 'Partitions that were lost to others while held.'),
  partitions_handed_back_total: counter(['worker_id'], 'Partitions handed back unfinished.'),
  partition_leases_expired_total: counter([], 'Leases that ran out and were taken back.'),
  partitions_buried_total: counter([], 'Partitions given up because their holders were lost.'),
  partitions_requeued_total: counter([], 'Failed partitions whose next attempt has become due.'),
  fenced_writes_total: counter(['op'], 'What came too late, and was refused by the store.'),
  commands_total: counter(['type'], 'Commands that the leader has done.'),
  gaps_detected_total: counter([], 'Gaps that searches have found.'),
  gap_partitions_created_total: counter([], 'Partitions that were made to fill gaps.'),
  store_op_duration_seconds: histogram(['op'], 'How long the store took to answer.'),
  store_errors_total: counter(['op', 'kind'], 'What the store could not do.'),
  task_timeouts_total: counter(['worker_id'], 'Partitions that took longer than they may.'),
  task_retries_total: counter(['worker_id'], 'Attempts that were not the first.'),
  heartbeat_lag_seconds: gauge(['worker_id'], 'How long the last heartbeat took.'),
  store_lost: gauge(
    ['worker_id'],
    'Whether all stands still (1) because the data of the store are not those that were worked on.',
  ),
  work_paused: gauge([], 'Whether all is paused (1) or not (0).'),
} satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof METRICS;
