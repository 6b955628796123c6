import { arch, platform } from 'node:os';
import { openCount, PARTITION_STATUSES, type Partition } from '../domain/partition.ts';
import { BusyMap } from '../kernel/busy-map.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import type { PartitionStore } from '../stores/partitions/partition-store.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Coordinator, CoordinatorEvents } from './coordinator.ts';
import { Instruments } from './instruments.ts';
import { measuredStore } from './measured-store.ts';
import type { TaskEnd } from './task.ts';

const BREAKER = 'process_breaker';
const BREAKER_STATES = { closed: 0, open: 1, halfopen: 2 } as const;

interface CoordinatorMetricsDeps {
  readonly metrics: Metrics;
  readonly workerId: string;
  readonly version: string;
  readonly clock?: Clock;
}

/** The figures of one coordinator: what it does and sees, under the names of `METRICS`. */
export class CoordinatorMetrics {
  readonly #deps: Required<CoordinatorMetricsDeps>;
  readonly #instruments: Instruments;
  /** By token, since when the partition is held. */
  readonly #sinceMs = new BusyMap<number, number>();
  #coordinator: Coordinator | null = null;
  #store: PartitionStore | null = null;
  #trips = 0;

  constructor(deps: CoordinatorMetricsDeps) {
    this.#deps = { clock: systemClock, ...deps };
    this.#instruments = new Instruments(deps.metrics, () => this.#look());
    this.#instruments.set('node_info', 1, {
      ...{ worker_id: deps.workerId, version: deps.version },
      ...{ go_version: process.version, os_type: `${platform()}-${arch()}` },
    });
  }

  /** The store to give to the coordinator. */
  measured(store: PartitionStore): PartitionStore {
    this.#store = store;
    return measuredStore(store, this.#instruments, this.#deps.clock);
  }

  /** What is to be told to the figures; beside whatever else hears it. */
  get events(): CoordinatorEvents {
    return {
      claimed: (partitions) => {
        for (const { token } of partitions)
          this.#sinceMs.set(token, this.#deps.clock.monotonicMs());
      },
      processed: (_partition, ms) =>
        this.#instruments.observe('node_task_processor_duration_seconds', ms / 1_000, this.#worker),
      ended: (partition, end) => this.#ended(partition, end),
      renewed: (ms) => {
        this.#instruments.set('heartbeat_lag_seconds', ms / 1_000, this.#worker);
        this.#instruments.set(
          'node_heartbeat_timestamp_seconds',
          this.#deps.clock.now() / 1_000,
          this.#worker,
        );
      },
      troubled: (doing) => {
        if (doing === 'renew') this.#instruments.add('node_heartbeat_errors_total', this.#worker);
      },
      planned: (partitions, _to, ms) => {
        if (partitions === 0) return;
        this.#instruments.add('partitions_assigned_total');
        this.#instruments.observe('partitions_assignment_duration_seconds', ms / 1_000);
      },
      led: () => this.#instruments.add('leader_transitions_total', this.#node),
      commanded: (type) => this.#instruments.add('commands_total', { type }),
      searched: ({ gaps }) => this.#instruments.add('gaps_detected_total', {}, gaps.length),
    };
  }

  /** From then on it is looked at whenever the figures are read. */
  watch(coordinator: Coordinator): void {
    this.#coordinator = coordinator;
  }

  get #worker() {
    return { worker_id: this.#deps.workerId };
  }

  get #node() {
    return { node_id: this.#deps.workerId };
  }

  #ended({ token }: Partition, end: TaskEnd): void {
    const sinceMs = this.#sinceMs.get(token) ?? this.#deps.clock.monotonicMs();
    this.#sinceMs.delete(token);
    const seconds = (this.#deps.clock.monotonicMs() - sinceMs) / 1_000;
    this.#instruments.observe('node_task_processing_duration_seconds', seconds, this.#worker);
    switch (end.how) {
      case 'completed':
        this.#instruments.add('node_tasks_processed_total', this.#worker);
        this.#instruments.add('node_tasks_processed_items_total', this.#worker, end.items);
        break;
      case 'failed':
        this.#failed(end.isLate);
        break;
      case 'stopped':
        this.#instruments.add('partitions_handed_back_total', this.#worker);
        break;
      case 'lost':
        this.#instruments.add('partitions_lost_total', this.#worker);
        break;
    }
  }

  #failed(isLate: boolean): void {
    if (isLate) this.#instruments.add('task_timeouts_total', this.#worker);
    this.#instruments.add('node_tasks_errors_total', {
      ...this.#worker,
      error_type: isLate ? 'timeout' : 'processing_failed',
    });
  }

  /** What only counts when somebody looks. A store that is away leaves its figures as they were. */
  async #look(): Promise<void> {
    if (this.#coordinator !== null) this.#lookAt(this.#coordinator);
    if (this.#store !== null) await this.#lookInto(this.#store).catch(() => undefined);
  }

  #lookAt({ worker, candidate, breaker, storeLoss }: Coordinator): void {
    const instruments = this.#instruments;
    instruments.set('store_lost', Number(storeLoss !== null), this.#worker);
    instruments.set('is_leader', Number(candidate.turn !== null), this.#node);
    instruments.set('node_task_queue_active_tasks', worker.heldCount, this.#worker);
    instruments.set('node_tasks_active_processing', worker.atWorkCount, this.#worker);
    instruments.set('node_task_window_size', worker.window, this.#worker);
    const labels = { ...this.#worker, breaker_name: BREAKER };
    const { state, trips } = breaker.stats(this.#deps.clock.monotonicMs());
    instruments.set('node_circuit_breaker_state', BREAKER_STATES[state], labels);
    instruments.add('node_circuit_breaker_tripped_total', labels, trips - this.#trips);
    this.#trips = trips;
  }

  async #lookInto(store: PartitionStore): Promise<void> {
    const instruments = this.#instruments;
    const counts = await store.counts();
    for (const status of PARTITION_STATUSES)
      instruments.set('partitions', counts[status], { status });
    instruments.set('partitions_total', openCount(counts) + counts.completed + counts.dead);
    const active = (await store.workers()).filter(({ isActive }) => isActive);
    instruments.set('active_workers_count', active.length);
    instruments.set('leader_epoch', (await store.leadership()).epoch);
    instruments.set('work_paused', Number((await store.planState()).isPaused));
  }
}
