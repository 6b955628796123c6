import { Metrics } from '../../shared/rpc/library.ts';

const MS_A_SECOND = 1_000;
const STATUSES = ['success', 'failure'] as const;
const STATES: readonly CircuitState[] = ['open', 'closed'];
const BUCKETS_SECONDS = [0.00001, 0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** Open: it answers nothing, for it is in an outage. */
export type CircuitState = 'open' | 'closed';

/** The figures of one server, as Prometheus reads them. */
export class PrometheusPage {
  readonly #instance: string;
  readonly #metrics = new Metrics();
  readonly #requests;
  readonly #times;
  readonly #failovers;
  readonly #breaks;

  constructor(instance: string, isDown: () => boolean) {
    const metrics = this.#metrics;
    this.#instance = instance;
    this.#requests = metrics.counter({
      name: 'fyerrpc_request_total',
      help: 'Requests, by how they ended.',
      labelNames: ['instance', 'status'],
    });
    this.#times = metrics.histogram({
      name: 'fyerrpc_response_time_seconds',
      help: 'Time of each request, whatever its end.',
      labelNames: ['instance', 'method'],
      buckets: BUCKETS_SECONDS,
    });
    this.#failovers = metrics.counter({
      name: 'fyerrpc_failover_total',
      help: 'Calls that were answered here after an attempt that had failed.',
    });
    this.#breaks = metrics.counter({
      name: 'fyerrpc_circuit_breaks',
      help: 'Outages that began (open) and ended (closed).',
      labelNames: ['instance', 'state'],
    });
    metrics.gauge({
      name: 'fyerrpc_instance_health',
      help: '1: it is up; 0: it is in an outage.',
      labelNames: ['instance'],
      collect() {
        this.set({ instance }, isDown() ? 0 : 1);
      },
    });
    // What has not happened yet is 0, and not unknown.
    for (const status of STATUSES) this.#requests.inc({ instance, status }, 0);
    for (const state of STATES) this.#breaks.inc({ instance, state }, 0);
  }

  request(method: string, status: (typeof STATUSES)[number], tookMs: number): void {
    const instance = this.#instance;
    this.#requests.inc({ instance, status });
    this.#times.observe({ instance, method }, tookMs / MS_A_SECOND);
  }

  failover(): void {
    this.#failovers.inc();
  }

  circuitBreak(state: CircuitState): void {
    this.#breaks.inc({ instance: this.#instance, state });
  }

  get contentType(): string {
    return this.#metrics.contentType;
  }

  text(): Promise<string> {
    return this.#metrics.text();
  }
}
