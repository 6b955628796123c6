import type { Metrics } from '../../shared/telemetry/metrics.ts';
import type { Slaves } from './slaves.ts';

const DURATION_SECONDS_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** What a master measures of its fleet. */
export class FleetMetrics {
  readonly #heartbeats;
  readonly #calls;
  readonly #durations;

  constructor(metrics: Metrics, slaves: Slaves) {
    this.#heartbeats = metrics.counter({
      name: 'logkit_fleet_heartbeats_total',
      help: 'Heartbeats of slaves that were accepted.',
    });
    this.#calls = metrics.counter({
      name: 'logkit_fleet_fanout_calls_total',
      help: 'Calls to agents: ok, refused (another status than 200), not_sent, unknown.',
      labelNames: ['operation', 'outcome'],
    });
    this.#durations = metrics.histogram({
      name: 'logkit_fleet_fanout_duration_seconds',
      help: 'Time from the first call of a fan-out to its last answer.',
      labelNames: ['operation'],
      buckets: DURATION_SECONDS_BUCKETS,
    });
    metrics.gauge({
      name: 'logkit_fleet_slaves',
      help: 'Known slaves by status.',
      labelNames: ['status'],
      collect() {
        for (const [status, count] of Object.entries(slaves.counts())) this.set({ status }, count);
      },
    });
  }

  heartbeat(): void {
    this.#heartbeats.inc();
  }

  /** Counts one whole fan-out. */
  observe(operation: string, outcomes: Readonly<Record<string, number>>, durationMs: number): void {
    for (const [outcome, count] of Object.entries(outcomes)) {
      if (count > 0) this.#calls.inc({ operation, outcome }, count);
    }
    this.#durations.observe({ operation }, durationMs / 1000);
  }
}
