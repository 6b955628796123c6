import type { Metrics } from '../telemetry/metrics.ts';

const DURATION_BUCKETS_S = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30];

/** Counts the answers of one route. */
export interface RouteMeter {
  count(status: number): void;
  observeDuration(ms: number): void;
}

type RequestLabel = 'path' | 'method' | 'status';

interface PendingCounts {
  readonly path: string;
  readonly method: string;
  readonly byStatus: Map<number, number>;
}

/**
 * Requests by route, method and status, and how long they took. Counts are kept as plain numbers
 * and handed to Prometheus when it asks: a labelled counter costs a hot route too much.
 */
export class RequestMetrics {
  readonly #pending: PendingCounts[] = [];
  readonly #durations;

  constructor(metrics: Metrics) {
    const pending = this.#pending;
    metrics.counter<RequestLabel>({
      name: 'logkit_fleet_http_requests_total',
      help: 'HTTP requests answered, by path template, method and status.',
      labelNames: ['path', 'method', 'status'],
      collect() {
        for (const { path, method, byStatus } of pending) {
          for (const [status, count] of byStatus) this.inc({ path, method, status }, count);
          byStatus.clear();
        }
      },
    });
    this.#durations = metrics.histogram({
      name: 'logkit_fleet_http_request_duration_seconds',
      help: 'Time from the head of a request to its answer, hot routes aside.',
      labelNames: ['path', 'method'],
      buckets: DURATION_BUCKETS_S,
    });
  }

  /** A meter of one route; ask for it once. */
  meter(path: string, method: string): RouteMeter {
    const byStatus = new Map<number, number>();
    this.#pending.push({ path, method, byStatus });
    const durations = this.#durations.labels({ path, method });
    return {
      count: (status) => byStatus.set(status, (byStatus.get(status) ?? 0) + 1),
      observeDuration: (ms) => durations.observe(ms / 1000),
    };
  }
}
