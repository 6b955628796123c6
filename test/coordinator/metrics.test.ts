import { describe, expect, it } from 'vitest';
import { Coordinator } from '../../shared/coordinator/coordinator.ts';
import { CoordinatorMetrics } from '../../shared/coordinator/coordinator-metrics.ts';
import { METRIC_PREFIX, METRICS } from '../../shared/coordinator/metric-table.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { CoordinatorRig, plannerTo } from './rig.ts';

/** What the original's monitoring shows, and what its documents say of it. */
const ORIGINAL = [
  ...['is_leader', 'partitions_total', 'partitions_assigned_total'],
  ...['partitions_assignment_duration_seconds', 'active_workers_count'],
  ...['node_heartbeat_timestamp_seconds', 'node_heartbeat_errors_total', 'node_info'],
  ...['node_task_queue_active_tasks', 'node_tasks_processed_total'],
  ...['node_tasks_processed_items_total', 'node_tasks_errors_total'],
  ...['node_task_processing_duration_seconds', 'node_task_processor_duration_seconds'],
  'node_circuit_breaker_tripped_total',
];

describe('the figures of partitioned work', () => {
  it('are the original’s fifteen under their names, and at least twenty more', () => {
    const names = Object.keys(METRICS);

    expect(names).toEqual(expect.arrayContaining(ORIGINAL));
    expect(names.length).toBeGreaterThanOrEqual(ORIGINAL.length + 20);
  });

  it('tell what a coordinator did', async () => {
    const rig = new CoordinatorRig();
    const metrics = new Metrics();
    const { process } = rig.open('clock', async () => 0);
    const figures = new CoordinatorMetrics({
      ...{ metrics, workerId: 'a', version: '1.2.3', clock: process },
    });
    let isFirst = true;
    const coordinator = new Coordinator({
      ...{ workerId: 'a', store: figures.measured(rig.store), clock: process },
      planner: plannerTo(50n, 10n),
      processor: {
        process: async (minId) => {
          if (minId !== 1n || !isFirst) return 10;
          isFirst = false;
          throw new Error('disk full');
        },
      },
      options: { tend_interval_ms: 100, retry_first_ms: 200 },
      events: figures.events,
    });
    figures.watch(coordinator);
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 5);
    await rig.pass(1_000);
    const text = await metrics.text();
    await rig.stop(coordinator);

    const figure = (name: string) => {
      const line = text.split('\n').find((each) => each.startsWith(`${METRIC_PREFIX}${name} `));
      return line === undefined ? null : Number(line.split(' ').at(-1));
    };
    expect(figure('is_leader{node_id="a"}')).toBe(1);
    expect(figure('partitions_total')).toBe(5);
    expect(figure('partitions{status="completed"}')).toBe(5);
    expect(figure('node_tasks_processed_total{worker_id="a"}')).toBe(5);
    expect(figure('node_tasks_processed_items_total{worker_id="a"}')).toBe(50);
    const failed = 'node_tasks_errors_total{worker_id="a",error_type="processing_failed"}';
    expect(figure(failed)).toBe(1);
    expect(figure('task_retries_total{worker_id="a"}')).toBe(1);
    expect(figure('partitions_requeued_total')).toBe(1);
    expect(figure('active_workers_count')).toBe(1);
    expect(figure('node_task_processing_duration_seconds_count{worker_id="a"}')).toBe(6);
    expect(figure('leader_epoch')).toBe(1);
    expect(figure('partition_claims_total{worker_id="a",result="claimed"}')).toBe(6);
    for (const name of Object.keys(METRICS))
      expect(text).toContain(`# HELP ${METRIC_PREFIX}${name} `);
  });

  it('are each coordinator’s own, and tell that one that stopped leads no more (B33)', async () => {
    const rig = new CoordinatorRig();
    const open = (workerId: string) => {
      const metrics = new Metrics();
      const { process } = rig.open(`clock of ${workerId}`, async () => 0);
      const figures = new CoordinatorMetrics({
        ...{ metrics, workerId, version: '1.0.0', clock: process },
      });
      const coordinator = new Coordinator({
        ...{ workerId, store: figures.measured(rig.store), clock: process },
        ...{ planner: plannerTo(10n, 10n), processor: { process: async () => 10 } },
        events: figures.events,
      });
      figures.watch(coordinator);
      return { metrics, coordinator };
    };
    const [first, second] = [open('a'), open('b')];
    first.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 1);
    const leads = (name: string) => `${METRIC_PREFIX}is_leader{node_id="${name}"}`;

    expect(await first.metrics.text()).toContain(`${leads('a')} 1`);
    const other = await second.metrics.text();
    expect(other).toContain(`${leads('b')} 0`);
    expect(other).not.toContain('"a"');
    await rig.stop(first.coordinator);
    expect(await first.metrics.text()).toContain(`${leads('a')} 0`);
  });
});
