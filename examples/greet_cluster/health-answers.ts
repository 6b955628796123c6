import type { GreetServer } from './greet-server.ts';
import { HOST_NAME } from './hello.ts';

const NS_A_MS = 1_000_000;
const MS_A_SECOND = 1_000;

export interface Watched {
  readonly greet: GreetServer;
  readonly port: number;
  readonly failAfter: number;
  readonly failDurationMs: number;
  readonly failRate: number;
}

export function healthAnswer({ greet }: Watched): object {
  const isDown = greet.isDown();
  return {
    status: isDown ? 'DOWN' : 'UP',
    instance_id: greet.id,
    request_count: greet.figures.counts.requests,
    ...(isDown && { message: 'Service is currently unavailable' }),
    timestamp: nowSeconds(),
  };
}

export function metricsAnswer({ greet }: Watched): object {
  const instanceStatus = greet.isDown() ? 'DOWN' : 'UP';
  const counts = greet.figures.counts;
  return {
    total_requests: counts.requests,
    success_count: counts.successes,
    failure_count: counts.failures,
    retry_count: counts.retries,
    failover_count: counts.failovers,
    circuit_breaks: counts.circuitBreaks,
    avg_response_time: nsOf(counts.averageMs),
    instance_id: greet.id,
    instance_status: instanceStatus,
    timestamp: nowSeconds(),
  };
}

export function statusAnswer(watched: Watched): object {
  const { greet, port, failAfter, failDurationMs, failRate } = watched;
  const outageMs = greet.outageMs();
  return {
    instance_id: greet.id,
    ...{ address: HOST_NAME, port },
    status: outageMs === null ? 'UP' : 'DOWN',
    request_count: greet.figures.counts.requests,
    fail_after: failAfter,
    fail_duration: nsOf(failDurationMs),
    fail_rate: failRate,
    ...(outageMs !== null && { failure_time: Math.floor(outageMs / MS_A_SECOND) }),
    instance_stats: { [`${HOST_NAME}:${port}`]: instanceStats(watched) },
    events: greet.figures.events.map(({ kind, atMs, ...event }) => ({
      ...{ time: timeOf(atMs), kind, instance: greet.id },
      ...event,
    })),
    timestamp: nowSeconds(),
  };
}

/** Of all instances it knows itself alone. */
function instanceStats({ greet, port }: Watched): object {
  const { counts, last } = greet.figures;
  return {
    Address: `${HOST_NAME}:${port}`,
    RequestCount: counts.requests,
    SuccessCount: counts.successes,
    FailureCount: counts.failures,
    AvgLatency: nsOf(counts.averageMs),
    CircuitState: last.circuit,
    LastErr: last.error,
    LastSuccess: timeOf(last.successMs),
    LastFailure: timeOf(last.failureMs),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function nsOf(ms: number): number {
  return Math.round(ms * NS_A_MS);
}

function nowSeconds(): number {
  return Math.floor(Date.now() / MS_A_SECOND);
}
