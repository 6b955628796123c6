import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { RpcMetrics } from '../../shared/rpc/rpc-metrics.ts';
import { RpcStats, type RpcSummary } from '../../shared/rpc/rpc-stats.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { RpcRig } from './support/rpc-rig.ts';

let rig: RpcRig;
beforeEach(() => {
  rig = new RpcRig();
});
afterEach(() => rig.close());

describe('what a client tells', () => {
  it('its figures agree with what was called, under their names', async () => {
    const [a, b] = await rig.start('a', 'b');
    const metrics = new Metrics();
    const client = await rig.client(
      { FailoverConfig: { RetryInterval: 1 } },
      { metrics: new RpcMetrics(metrics) },
    );
    await a?.kill();
    for (let nth = 0; nth < 10; nth += 1) await client.call('Hello', { name: 'x' });
    const summary = summaryOf(client);
    const { retries, failovers, failoverRate } = summary;
    const text = await metrics.text();

    expect(summary).toMatchObject({ requests: 10, successes: 10, failures: 0 });
    expect(retries).toBeGreaterThan(0);
    expect(summary).toMatchObject({ attempts: 10 + retries, failovers: retries });
    const [of, at, to] = [
      'service="greet.Greet"',
      `instance="${a?.address}"`,
      `instance="${b?.address}"`,
    ];
    const answered = `${of},method="Hello",${to},status="ok"`;
    for (const line of [
      `rpc_requests_total{${answered}} 10`,
      `rpc_attempts_total{${answered}} 10`,
      `rpc_response_time_seconds_count{${answered}} 10`,
      `rpc_response_time_seconds_bucket{${answered},le="+Inf"} 10`,
      `rpc_attempts_total{${of},method="Hello",${at},status="unavailable"} ${retries}`,
      `rpc_retry_total{${of},${at},attempt="1"} ${retries}`,
      `rpc_failover_total{${of},from_${at},to_${to}} ${failovers}`,
      `rpc_failover_rate{${of}} ${failoverRate}`,
      `rpc_retry_budget_refused_total{${of}} 0`,
      `rpc_instance_share{${of},${to}} 1`,
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toContain(`rpc_retry_budget_tokens{${of}} `);
  });

  it('R4: totals are of calls, an opened breaker is counted, and times are averages', async () => {
    const [a, b] = await rig.start('a', 'b');
    const client = await rig.client({
      FailoverConfig: { RetryInterval: 1, CircuitBreakThreshold: 2, EjectedShareMax: 0 },
    });
    for (const server of [a, b]) await server?.kill();
    for (let nth = 0; nth < 3; nth += 1) await client.call('Hello', {}).catch(() => undefined);
    const opened = rig.events.filter(
      (event) => event.kind === 'circuit_break' && event.state === 'open',
    );
    const { requests, failures, attempts, circuitBreaks } = summaryOf(client);
    expect([requests, failures]).toEqual([3, 3]);
    expect(attempts).toBeGreaterThan(3);
    expect(opened.length).toBeGreaterThan(0);
    expect(circuitBreaks).toBe(opened.length);

    const stats = new RpcStats('greet.Greet');
    for (const tookMs of [10, 90, 20]) stats.method('Hello').succeeded('a', tookMs, []);
    expect(stats.summary()).toMatchObject({ requests: 3, averageMs: 40 });
  });

  it('R14: two clients of a service share its figures', async () => {
    await rig.start('a');
    const metrics = new RpcMetrics(new Metrics());
    const clients = [await rig.client({}, { metrics }), await rig.client({}, { metrics })];
    for (const client of clients) await client.call('Hello', { name: 'x' });
    expect(clients.map((client) => client.summary()?.requests)).toEqual([2, 2]);
  });

  it('without EnableMetrics nothing is counted', async () => {
    await rig.start('a');
    const metrics = new Metrics();
    const config = { FailoverConfig: { EnableMetrics: false } };
    const client = await rig.client(config, { metrics: new RpcMetrics(metrics) });
    await client.call('Hello', { name: 'x' });
    expect(client.summary()).toBeNull();
    expect(await metrics.text()).not.toContain('greet.Greet');
  });
});

function summaryOf(client: RpcClient): RpcSummary {
  const summary = client.summary();
  if (summary === null) throw new Error('nothing was counted');
  return summary;
}
