import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrometheusPage } from '../../examples/greet_cluster/prometheus-page.ts';
import { ServerFigures } from '../../examples/greet_cluster/server-figures.ts';
import { openRegistry } from '../../shared/registry/library.ts';
import type { ClientConfigInput } from '../../shared/resilience/failover-config.ts';
import { loadServices } from '../../shared/rpc/proto/load-services.ts';
import { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { ExampleProcess } from '../support/example-process.ts';
import { waitFor } from '../support/wait-for.ts';

const PROTO = join(import.meta.dirname, '../../examples/greet_cluster/hello.proto');
const HEALTH_OFFSET = 10_000;
/** Beside those of the cluster's test. */
const PORT_A = 13_005 + 10 * (process.pid % 700);
const PORT_B = PORT_A + 1;

let dir: string;
const closings: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greet-server-'));
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
  await rm(dir, { recursive: true });
});

async function start(port: number, id: string, ...flags: readonly string[]) {
  const env = { GREET_REGISTRY: join(dir, 'registry.db') };
  const args = [`-port=${port}`, `-id=${id}`, ...flags];
  const server = new ExampleProcess('greet_cluster/server.ts', env, args);
  closings.push(() => server.stop());
  await server.says('Server started.');
  return server;
}

async function clientOf(ports: readonly number[], config: ClientConfigInput = {}) {
  const service = loadServices({ path: PROTO }).get('GreetService');
  if (service === undefined) throw new Error('there is no GreetService');
  const ServerAddresses = ports.map((port) => `127.0.0.1:${port}`);
  const client = await RpcClient.open({ service, config: { ServerAddresses, ...config } });
  closings.push(() => client.close());
  const greet = async (): Promise<string> => {
    const outcome = await client.call('SayHello', { name: 'Ada' }).then(
      ({ response }) => String(response['message']),
      (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
    );
    return outcome;
  };
  return { client, greet };
}

/** Each call is one attempt. */
const PLAIN = { EnableFailover: false } as const;
const DOWN = 'service server-A is currently unavailable';

async function ask(path: string, port = PORT_A) {
  const response = await fetch(`http://127.0.0.1:${port + HEALTH_OFFSET}${path}`);
  const body = JSON.parse(await response.text());
  return { status: response.status, type: response.headers.get('content-type'), body };
}

/** As Prometheus asks. */
async function page(port = PORT_A) {
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
  const url = `http://127.0.0.1:${port + HEALTH_OFFSET}/metrics`;
  const response = await fetch(url, { headers: { accept } });
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=/);
  return response.text();
}

describe('a server that fails', () => {
  it('R1: fails the calls themselves, and its figures and its log are of them', async () => {
    const server = await start(PORT_A, 'server-A', '-fail-after=5', '-fail-duration=1h');
    const { greet } = await clientOf([PORT_A], PLAIN);
    const answers: string[] = [];
    for (let nth = 0; nth < 8; nth += 1) answers.push(await greet());

    expect(answers).toEqual([...new Array(5).fill('Hello, Ada!'), DOWN, DOWN, DOWN]);
    expect((await ask('/metrics')).body).toMatchObject({
      ...{ total_requests: 8, success_count: 5, failure_count: 3 },
      ...{ instance_id: 'server-A', instance_status: 'DOWN' },
    });
    expect(await page()).toContain(
      'fyerrpc_request_total{instance="server-A",status="failure"} 3\n',
    );
    const { status, body } = await ask('/health');
    expect(status).toBe(503);
    expect(body).toMatchObject({ status: 'DOWN', request_count: 8 });
    expect(body).toMatchObject({ message: 'Service is currently unavailable' });
    await server.says(/handled request #5 for SayHello in [\d.]+[nµm]?s\n/);
    expect(server.output).not.toContain('request #6');
    const lines = [
      `Starting RPC server server-A at localhost:${PORT_A}`,
      `Health detector for server-A started on port ${PORT_A + HEALTH_OFFSET}`,
      `Server server-A started at localhost:${PORT_A} with failure config: rate=0.00, after=5, duration=1h0m0s`,
      `Server started. Health check endpoint: http://localhost:${PORT_A + HEALTH_OFFSET}/health`,
    ];
    for (const line of lines) expect(server.output).toContain(`${line}\n`);
  });

  it('R2: counts no question of how it is, and begins anew after its outage', async () => {
    await start(PORT_A, 'server-A', '-fail-after=2', '-fail-duration=500ms');
    for (let nth = 0; nth < 5; nth += 1) {
      for (const path of ['/health', '/metrics', '/status']) {
        expect((await ask(path)).status).toBe(200);
      }
    }
    const { greet } = await clientOf([PORT_A], PLAIN);
    const threeCalls = async () => [await greet(), await greet(), await greet()];
    const expected = ['Hello, Ada!', 'Hello, Ada!', DOWN];

    expect(await threeCalls()).toEqual(expected);
    await waitFor('the end of the outage', async () => (await ask('/health')).status === 200);
    expect((await ask('/health')).status).toBe(200);
    expect(await threeCalls()).toEqual(expected);
  });

  it('R2: one that fails by chance is not down, whoever asks', async () => {
    await start(PORT_A, 'server-A', '-fail-rate=1');
    const { greet } = await clientOf([PORT_A], PLAIN);
    expect(await greet()).toBe(DOWN);
    for (let nth = 0; nth < 10; nth += 1) {
      expect(await ask('/health')).toMatchObject({
        ...{ status: 200, body: { status: 'UP', request_count: 1 } },
      });
    }
  });

  it('R3: has a page for Prometheus of its own, where nothing grows by being read', async () => {
    await start(PORT_A, 'server-A');
    await start(PORT_B, 'server-B');
    const [a, b] = [await clientOf([PORT_A], PLAIN), await clientOf([PORT_B], PLAIN)];
    for (let nth = 0; nth < 3; nth += 1) await a.greet();
    await b.greet();
    await b.client.call('GetGreetStats', {});

    for (let nth = 0; nth < 3; nth += 1) {
      const [ofA, ofB] = [await page(PORT_A), await page(PORT_B)];
      expect(ofA).toContain('fyerrpc_request_total{instance="server-A",status="success"} 3\n');
      expect(ofB).toContain('fyerrpc_request_total{instance="server-B",status="success"} 2\n');
      expect(ofA).not.toContain('server-B');
      for (const line of [
        'fyerrpc_request_total{instance="server-A",status="failure"} 0',
        'fyerrpc_response_time_seconds_count{instance="server-A",method="SayHello"} 3',
        'fyerrpc_response_time_seconds_bucket{le="+Inf",instance="server-A",method="SayHello"} 3',
        'fyerrpc_failover_total 0',
        'fyerrpc_circuit_breaks{instance="server-A",state="open"} 0',
        'fyerrpc_instance_health{instance="server-A"} 1',
      ]) {
        expect(ofA).toContain(`${line}\n`);
      }
    }
    await a.greet();
    expect(await page()).toContain(
      'fyerrpc_response_time_seconds_count{instance="server-A",method="SayHello"} 4\n',
    );
  });

  it('R4: says what type its answers are of, and counts its outages and what came to it again', async () => {
    await start(PORT_A, 'server-A', '-fail-after=1', '-fail-duration=1h');
    await start(PORT_B, 'server-B');
    const config = { Balancer: 'round_robin', FailoverConfig: { RetryInterval: 1 } } as const;
    const { client, greet } = await clientOf([PORT_A, PORT_B], config);
    for (let nth = 0; nth < 6; nth += 1) expect(await greet()).toBe('Hello, Ada!');

    for (const path of ['/health', '/metrics', '/status', '/other']) {
      expect((await ask(path)).type).toBe('application/json');
    }
    expect((await ask('/other')).status).toBe(404);
    const { requests, attempts, retries = 0, failovers } = client.summary() ?? {};
    expect([requests, attempts]).toEqual([6, 6 + retries]);
    expect(retries).toBeGreaterThan(0);
    const [ofA, ofB] = [(await ask('/metrics')).body, (await ask('/metrics', PORT_B)).body];
    expect(ofA).toMatchObject({ circuit_breaks: 1, retry_count: 0, failover_count: 0 });
    expect(ofB).toMatchObject({ circuit_breaks: 0, retry_count: retries });
    expect(ofB).toMatchObject({ failover_count: failovers, failure_count: 0 });
    expect(Number(ofA.total_requests) + Number(ofB.total_requests)).toBe(attempts);
    expect(await page()).toContain('fyerrpc_circuit_breaks{instance="server-A",state="open"} 1\n');
    expect(await page()).toContain('fyerrpc_instance_health{instance="server-A"} 0\n');
    expect(await page(PORT_B)).toContain(`fyerrpc_failover_total ${failovers}\n`);
  });

  it('tells its status, what it knows of itself and what has happened', async () => {
    await start(PORT_A, 'server-A', '-fail-after=1', '-fail-duration=1h', '-fail-rate=0');
    const { greet } = await clientOf([PORT_A], PLAIN);
    expect((await ask('/status')).body).toMatchObject({ events: [], status: 'UP' });
    expect((await ask('/status')).body).not.toHaveProperty('failure_time');
    await greet();
    await greet();

    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const name = `localhost:${PORT_A}`;
    const { body: figures } = await ask('/metrics');
    expect((await ask('/status')).body).toEqual({
      ...{ instance_id: 'server-A', address: 'localhost', port: PORT_A, status: 'DOWN' },
      ...{ request_count: 2, fail_after: 1, fail_duration: 3_600e9, fail_rate: 0 },
      failure_time: expect.any(Number),
      instance_stats: {
        [name]: {
          ...{ Address: name, RequestCount: 2, SuccessCount: 1, FailureCount: 1 },
          ...{ AvgLatency: figures.avg_response_time, CircuitState: 'open', LastErr: DOWN },
          ...{ LastSuccess: time, LastFailure: time },
        },
      },
      events: [{ time, kind: 'circuit_break', instance: 'server-A', state: 'open' }],
      timestamp: expect.any(Number),
    });
    expect(figures.avg_response_time).toBeGreaterThan(0);
  });

  it('greets as it is asked, and tells whom and how often', async () => {
    await start(PORT_A, 'server-A');
    const { client, greet } = await clientOf([PORT_A], PLAIN);
    const { response } = await client.call('SayHello', { name: 'Bob', greeting: 'Good day' });
    expect(response).toMatchObject({ message: 'Good day, Bob!' });
    await greet();
    await greet();
    const last = (await client.call('GetGreetStats', {})).response;
    expect(last).toMatchObject({ totalGreets: 3n, greetsByName: { Ada: 2n, Bob: 1n } });
    expect(Number(last['lastGreetTime'])).toBeGreaterThanOrEqual(Number(response['greetTime']));
    expect((await client.call('GetGreetStats', { name: 'Ada' })).response).toMatchObject({
      ...{ totalGreets: 2n, greetsByName: { Ada: 2n } },
    });
  });

  it('R16: is registered while it runs, and no more when it was stopped', async () => {
    const server = await start(PORT_A, 'server-A', '-zone=near');
    const path = join(dir, 'registry.db');
    const registry = await openRegistry({ store: { type: 'sqlite', path } });
    closings.push(() => registry.close());
    expect(await registry.discover('GreetService')).toMatchObject([
      { id: 'server-A', address: `127.0.0.1:${PORT_A}`, zone: 'near' },
    ]);

    expect(await server.stop()).toBe(0);
    expect(server.output).toMatch(/\nShutting down\.\.\.\nServer stopped\n$/);
    expect(await registry.discover('GreetService', { status: 'any' })).toEqual([]);
    await expect(ask('/health')).rejects.toThrow('fetch failed');
  });

  it('refuses flags that are none', async () => {
    const server = new ExampleProcess('greet_cluster/server.ts', {}, ['-fail-duration=soon']);
    expect(await server.end()).toBe(1);
    expect(server.output).toContain('a duration like 10s or 500ms would be right');
  });
});

describe('the figures of a server', () => {
  it('R4: have the average of all times, and not the last one', () => {
    const figures = new ServerFigures(new PrometheusPage('server-A', () => false));
    const request = { method: 'SayHello', attemptsBefore: 0 };
    figures.handled({ ...request, tookMs: 10, error: null }, 1);
    figures.handled({ ...request, tookMs: 2, error: 'no' }, 2);
    figures.handled({ ...request, tookMs: 30, error: null }, 3);

    expect(figures.counts).toMatchObject({ requests: 3, failures: 1, averageMs: 14 });
    expect(figures.last).toMatchObject({ error: 'no', successMs: 3, failureMs: 2 });
  });

  it('R3: observe each time once, and not the averages of them', async () => {
    const prometheus = new PrometheusPage('server-A', () => false);
    const figures = new ServerFigures(prometheus);
    for (const tookMs of [50, 50, 5_000]) {
      figures.handled({ method: 'SayHello', attemptsBefore: 0, tookMs, error: null }, 1);
    }
    const text = await prometheus.text();
    const of = 'instance="server-A",method="SayHello"';
    expect(text).toContain(`fyerrpc_response_time_seconds_sum{${of}} 5.1\n`);
    expect(text).toContain(`fyerrpc_response_time_seconds_bucket{le="0.05",${of}} 2\n`);
  });

  it('keep no more than the last 100 events', () => {
    const figures = new ServerFigures(new PrometheusPage('server-A', () => false));
    for (let nth = 0; nth < 60; nth += 1) {
      figures.circuit('open', 2 * nth);
      figures.circuit('open', 2 * nth);
      figures.circuit('closed', 2 * nth + 1);
    }
    expect(figures.events.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 100 }, (_, nth) => 20 + nth),
    );
    expect(figures.counts).toMatchObject({ circuitBreaks: 60, requests: 0, averageMs: 0 });
  });
});
