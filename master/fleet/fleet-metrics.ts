import type { Metrics } from '../../shared/telemetry/metrics.ts';
import type { Slaves } from './slaves.ts';

const DURATION_SECONDS_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];

/** What a master measures of its fleet. */
export class FleetMetrics {
  readonly #heartbeats;
  readonly #calls;
  readonly #durations;
  readonly #retries;
  readonly #breaks;

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
    this.#retries = metrics.counter({
      name: 'logkit_fleet_fanout_retries_total',
      help: 'Calls to agents that were made once more, as the first one broke or did not get through.',
    });
    this.#breaks = metrics.counter({
      name: 'logkit_fleet_fanout_breaks_total',
      help: 'Changes of the circuit breakers of agents, by the new state: open, half_open, closed.',
      labelNames: ['state'],
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

  retried(): void {
    this.#retries.inc();
  }

  /** A circuit breaker of an agent has changed. */
  broke(state: string): void {
    this.#breaks.inc({ state });
  }

  /** Counts one whole fan-out. */
  observe(operation: string, outcomes: Readonly<Record<string, number>>, durationMs: number): void {
    for (const [outcome, count] of Object.entries(outcomes)) {
      if (count > 0) this.#calls.inc({ operation, outcome }, count);
    }
    this.#durations.observe({ operation }, durationMs / 1000);
  }
}
