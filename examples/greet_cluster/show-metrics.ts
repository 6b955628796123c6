import type { DatedEvent, RpcSummary } from '../../shared/rpc/library.ts';
import { say } from '../run-example.ts';
import { goDuration } from './go-duration.ts';

const EVENTS_SHOWN = 10;

export function showMetrics(summary: RpcSummary): void {
  const { requests, successes, failures, averageMs } = summary;
  say('\n=== Failover Metrics ===');
  say(`Total requests: ${requests} (Success: ${successes}, Failure: ${failures})`);
  say(`Attempts: ${summary.attempts}`);
  say(`Retry count: ${summary.retries}`);
  say(`Failover count: ${summary.failovers}`);
  say(`Circuit break count: ${summary.circuitBreaks}`);
  say(`Average response time: ${goDuration(averageMs)}`);
  say('Recent events:');
  const lines = summary.events.flatMap((event) => lineOf(event) ?? []);
  for (const line of lines.slice(-EVENTS_SHOWN)) say(line);
}

function lineOf(event: DatedEvent): string | null {
  const at = `[${timeOf(event.atMs)}]`;
  if (event.kind === 'failover') return `${at} Failover: ${event.from} -> ${event.to}`;
  if (event.kind === 'retry') return `${at} Retry: ${event.instance}`;
  if (event.kind !== 'circuit_break') return null;
  return `${at} Circuit Break: ${event.instance} -> ${event.state}`;
}

/** 15:04:05.000 */
function timeOf(atMs: number): string {
  return new Date(atMs).toISOString().slice('2006-01-02T'.length, -1);
}
