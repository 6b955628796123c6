import type { Metrics } from '../telemetry/metrics.ts';
import { BUCKETS_MS } from './durations.ts';
import { RpcStats } from './rpc-stats.ts';
import type { Tally } from './tally.ts';

const MS_A_SECOND = 1_000;
const CALL_LABELS = ['service', 'method', 'instance', 'status'] as const;

/** What a client tells when it is asked. */
export interface RpcGauges {
  budgetTokens(): number;
  /** By ID: of the calls that are its own, how many an instance may get. */
  shares(): Iterable<readonly [instance: string, share: number]>;
}

/**
 * The figures of all clients of a process, in its one Prometheus registry. They are kept as plain
 * numbers and read when Prometheus asks.
 */
export class RpcMetrics {
  readonly #services = new Map<string, RpcStats>();
  readonly #gauges = new Map<RpcGauges, string>();

  constructor(metrics: Metrics) {
    const services = this.#services;
    metrics.filledHistogram({
      name: 'rpc_response_time_seconds',
      help: 'Time of calls from their beginning to their end, retries and waits included.',
      labelNames: [...CALL_LABELS],
      buckets: BUCKETS_MS.map((ms) => ms / MS_A_SECOND),
      read: () => eachDuration(services.values()),
    });
    const requests = metrics.counter({
      name: 'rpc_requests_total',
      help: 'Calls, by who answered (or failed last) and how they ended.',
      labelNames: CALL_LABELS,
      collect() {
        this.reset();
        for (const { labels, count } of eachDuration(services.values()))
          requests.inc(labels, count);
      },
    });
    const attempts = metrics.counter({
      name: 'rpc_attempts_total',
      help: 'What was sent to instances for calls, retries and hedges included, by how it ended.',
      labelNames: CALL_LABELS,
      collect() {
        this.reset();
        for (const { labels, count } of eachAttempt(services.values())) attempts.inc(labels, count);
      },
    });
    this.#countEvents(metrics);
    this.#gaugeStates(metrics);
  }

  /** Shared by all clients of a service. */
  stats(service: string): RpcStats {
    const stats = this.#services.get(service) ?? new RpcStats(service);
    this.#services.set(service, stats);
    return stats;
  }

  /** Until what it gives is called. */
  watch(service: string, gauges: RpcGauges): () => void {
    this.#gauges.set(gauges, service);
    return () => this.#gauges.delete(gauges);
  }

  #countEvents(metrics: Metrics): void {
    const count = <Label extends string>(
      name: string,
      help: string,
      { labels, tally }: { labels: readonly Label[]; tally: (stats: RpcStats) => Tally<Label> },
    ) => {
      const services = this.#services;
      const counter = metrics.counter<string>({
        ...{ name, help, labelNames: ['service', ...labels] },
        collect() {
          this.reset();
          for (const stats of services.values()) {
            const { service } = stats;
            for (const entry of tally(stats).entries()) {
              counter.inc({ service, ...entry.labels }, entry.count);
            }
          }
        },
      });
    };
    count('rpc_failover_total', 'Calls that one instance failed and another one answered.', {
      labels: ['from_instance', 'to_instance'],
      tally: ({ failovers }) => failovers,
    });
    count('rpc_circuit_breaks_total', 'Changes of circuit breakers, by their new state.', {
      labels: ['instance', 'state'],
      tally: ({ breaks }) => breaks,
    });
    count(
      'rpc_retry_total',
      'Retries, by who had failed; attempt 1 is the first retry of a call.',
      {
        labels: ['instance', 'attempt'],
        tally: ({ retries }) => retries,
      },
    );
    count('rpc_ejections_total', 'How often an instance was isolated.', {
      labels: ['instance'],
      tally: ({ ejections }) => ejections,
    });
    count('rpc_hedges_total', 'Attempts sent beside one that was late, by who got them.', {
      labels: ['instance'],
      tally: ({ hedges }) => hedges,
    });
  }

  #gaugeStates(metrics: Metrics): void {
    const services = this.#services;
    const gauges = this.#gauges;
    metrics.counter<'service'>({
      name: 'rpc_retry_budget_refused_total',
      help: 'Retries and hedges that the retry budget did not allow.',
      labelNames: ['service'],
      collect() {
        this.reset();
        for (const { service, budgetRefused } of services.values()) {
          this.inc({ service }, budgetRefused);
        }
      },
    });
    metrics.gauge<'service'>({
      name: 'rpc_failover_rate',
      help: 'Calls that another instance answered, of all calls so far.',
      labelNames: ['service'],
      collect() {
        for (const stats of services.values()) {
          this.set({ service: stats.service }, stats.summary().failoverRate);
        }
      },
    });
    metrics.gauge<'service'>({
      name: 'rpc_retry_budget_tokens',
      help: 'Retries that the retry budget would allow now.',
      labelNames: ['service'],
      collect() {
        this.reset();
        for (const [gauge, service] of gauges) this.inc({ service }, gauge.budgetTokens());
      },
    });
    metrics.gauge<'service' | 'instance'>({
      name: 'rpc_instance_share',
      help: 'Of the calls that are its own, how many an instance may get now: 0 is isolated, 1 is well.',
      labelNames: ['service', 'instance'],
      collect() {
        this.reset();
        for (const [gauge, service] of gauges) {
          for (const [instance, share] of gauge.shares()) this.set({ service, instance }, share);
        }
      },
    });
  }
}

function* eachInstance(services: Iterable<RpcStats>) {
  for (const { service, methods } of services) {
    for (const { method, byInstance } of methods.values()) {
      for (const [instance, calls] of byInstance) yield { service, method, instance, calls };
    }
  }
}

function* eachDuration(services: Iterable<RpcStats>) {
  for (const { calls, ...labels } of eachInstance(services)) {
    for (const [status, { counts, count, sumMs }] of calls.calls) {
      yield { labels: { ...labels, status }, counts, count, sum: sumMs / MS_A_SECOND };
    }
  }
}

function* eachAttempt(services: Iterable<RpcStats>) {
  for (const { calls, ...labels } of eachInstance(services)) {
    for (const [status, count] of calls.attempts) yield { labels: { ...labels, status }, count };
  }
}
