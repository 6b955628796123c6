import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientConfig } from '../../examples/greet_cluster/client-config.ts';
import { FaultInjector } from '../../examples/greet_cluster/fault-injector.ts';
import { greetService, SERVICE } from '../../examples/greet_cluster/hello.ts';
import { openClusterRegistry } from '../../examples/greet_cluster/registry.ts';
import { type OpenedRegistry, openRegistry } from '../../shared/registry/library.ts';
import { RpcClient, registryDiscovery } from '../../shared/rpc/library.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { waitFor } from '../support/wait-for.ts';

const SCRIPTS = join(import.meta.dirname, '../../examples/greet_cluster/scripts');
const HEALTH_OFFSET = 10_000;

const SECTIONS = [
  '=== Failover Demonstration Begins ===',
  '* Multiple server instances will simulate different failure scenarios:',
  '  - Server A (Port 8001): Fails after processing 100 requests for 10s',
  '  - Server B (Port 8002): 10% chance of random failure',
  '  - Server C (Port 8003): Runs normally',
  '=== Basic Call Test ===',
  '=== Failover Test ===',
  '* Waiting for Server A to recover...',
  '* Verifying calls after server recovery',
  '=== Circuit Breaker Test ===',
  '* Waiting for circuit breaker reset...',
  '=== Concurrent Call Test ===',
  '=== Failover Metrics ===',
  'Demonstration completed',
];
/** 3, 120 and 3, 5, 2 and 1, 10. */
const CALLS = 144;
/** Those with a deadline of 1 ms: whether they are answered in time is not certain. */
const HASTY_CALLS = 5;

interface Figures {
  readonly total_requests: number;
  readonly success_count: number;
  readonly failure_count: number;
  readonly request_count: number;
}

let dir: string;
/** Above it and 10,000 above it there is seldom anybody. */
const basePort = 13_000 + 10 * (process.pid % 700);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greet-cluster-'));
});
const closings: (() => unknown)[] = [];
afterEach(async () => {
  await script('stop_cluster.sh');
  for (const close of closings.splice(0).reverse()) await close();
  await rm(dir, { recursive: true });
});

function script(name: string, ...flags: readonly string[]) {
  const env = {
    ...process.env,
    ...{ BASE_PORT: String(basePort), GREET_PACE: '0.05', FAIL_DURATION: '500ms', LOG_DIR: dir },
  };
  return promisify(execFile)('bash', [join(SCRIPTS, name), ...flags], { env });
}

/** The processes that the script has started, or they in turn. */
async function started(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const ours = async (pid: string) => {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    return environment.includes(`LOG_DIR=${dir}`);
  };
  const areOurs = await Promise.all(pids.map(ours));
  return pids.filter((_, nth) => areOurs[nth]);
}

function log(name: string): Promise<string> {
  return readFile(join(dir, `${name}.log`), 'utf8');
}

async function ask(nth: number, path: string): Promise<{ status: number; body: Figures }> {
  const response = await fetch(`http://127.0.0.1:${basePort + nth + HEALTH_OFFSET}${path}`);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

function printed(output: string, pattern: RegExp): number[] {
  const found = pattern.exec(output);
  if (found === null) throw new Error(`${pattern} is not in ${output}`);
  return found.slice(1).map(Number);
}

function threeServers(registry: OpenedRegistry) {
  return waitFor('three servers', async () => {
    const all = await registry.discover(SERVICE);
    return all.length === 3 && all;
  });
}

describe('the cluster that fails', () => {
  it('shows what it should, and its figures are those that the servers counted', async () => {
    await script('start_cluster.sh');
    const output = await waitFor('the end of the client', async () => {
      const text = await log('client');
      return text.includes('Demonstration completed') && text;
    }).catch(async (cause: unknown) => {
      throw new Error(`the client has said only: ${await log('client')}`, { cause });
    });
    const places = SECTIONS.map((section) => output.indexOf(section));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);

    const total = /Total requests: (\d+) \(Success: (\d+), Failure: (\d+)\)/;
    const [requests = 0, successes = 0, failures = 0] = printed(output, total);
    const [attempts = 0] = printed(output, /Attempts: (\d+)/);
    const [retries = 0] = printed(output, /Retry count: (\d+)/);
    const [failovers = 0] = printed(output, /Failover count: (\d+)/);
    const [breaks = 0] = printed(output, /Circuit break count: (\d+)/);
    expect(requests).toBe(CALLS);
    expect(successes + failures).toBe(CALLS);
    expect(failures).toBeLessThanOrEqual(HASTY_CALLS);
    expect(attempts).toBe(CALLS + retries);
    expect(failovers).toBe(output.split('Successful failover from').length - 1);
    expect(failovers).toBeGreaterThan(0);
    expect(breaks).toBeGreaterThan(0);
    expect(output).toContain('Circuit Break: server-A -> ');
    expect(output).toMatch(/\[\d\d:\d\d:\d\d\.\d{3}\] (Failover: server-A -> |Retry: )server-/);
    expect(output).toMatch(/\nFailover: 1 retries performed, failed nodes: \[server-A\]\n/);
    expect(output).toMatch(/\nServer health status: \d healthy, \d unhealthy\n/);
    expect(output).toMatch(/\nAverage response time: [\d.]+[µm]s\n/);

    const counted = await Promise.all([0, 1, 2].map((nth) => ask(nth, '/metrics')));
    const sum = (of: keyof Figures) => counted.reduce((all, { body }) => all + body[of], 0);
    expect(attempts - sum('total_requests')).toBeGreaterThanOrEqual(0);
    expect(attempts - sum('total_requests')).toBeLessThanOrEqual(HASTY_CALLS);
    expect(sum('success_count') - successes).toBeGreaterThanOrEqual(0);
    expect(sum('success_count') - successes).toBeLessThanOrEqual(HASTY_CALLS);
    // One that has no time left is not tried again.
    expect(sum('failure_count') - retries).toBeGreaterThanOrEqual(0);
    expect(sum('failure_count') - retries).toBeLessThanOrEqual(HASTY_CALLS);
    for (const name of ['server_a', 'server_b', 'server_c']) {
      expect(await log(name)).toContain('Server started. Health check endpoint: http://localhost:');
    }

    expect(await ask(2, '/status')).toMatchObject({
      status: 200,
      body: {
        instance_id: 'server-C',
        port: basePort + 2,
        status: 'UP',
        fail_after: 0,
        fail_rate: 0,
      },
    });
    expect(await ask(2, '/health')).toMatchObject({
      ...{ status: 200, body: { status: 'UP', instance_id: 'server-C' } },
    });
  });

  it('R3: says where its servers can be asked, and leaves no process behind when it is stopped', async () => {
    const { stdout } = await script('start_cluster.sh');
    const urls = [...stdout.matchAll(/http:\/\/localhost:\d+\/health/g)].map(([url]) => url);
    const ids = await Promise.all(
      urls.map((url) =>
        waitFor(url, async () => {
          const response = await fetch(url).catch(() => null);
          return response !== null && JSON.parse(await response.text()).instance_id;
        }),
      ),
    );
    expect(ids).toEqual(['server-A', 'server-B', 'server-C']);
    expect(await started()).toHaveLength(4);

    await waitFor('the first call', async () => (await log('client')).includes('Response: '));
    await script('stop_cluster.sh');
    expect(await log('client')).not.toContain('Demonstration completed');
    expect(await log('client')).not.toContain('AbortError');
    for (const name of ['server_a', 'server_b', 'server_c']) {
      expect(await log(name)).toMatch(/\nShutting down\.\.\.\n(.*\n)*Server stopped\n$/);
    }
    expect(await started()).toEqual([]);
    for (const url of urls) await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('R15: registers its servers at the ports that they have', async () => {
    await script('start_cluster.sh');
    const path = join(dir, 'registry.db');
    const registry = await openRegistry({ store: { type: 'sqlite', path } });
    const found = await threeServers(registry);
    await registry.close();
    expect(found.map(({ id, address, zone }) => [id, address, zone])).toEqual([
      ['server-A', `127.0.0.1:${basePort}`, 'near'],
      ['server-B', `127.0.0.1:${basePort + 1}`, 'far'],
      ['server-C', `127.0.0.1:${basePort + 2}`, 'far'],
    ]);
  });
});

describe('the cluster on etcd', () => {
  it('gives a server that was killed no calls once its lease is over, and fails none before', async () => {
    const etcd = await EtcdServer.start();
    closings.push(() => etcd.stop());
    const address = `127.0.0.1:${etcd.port}`;
    // It outlives the server, so that it is there to see the lease end.
    const registry = await openClusterRegistry(address);
    closings.push(() => registry.close());
    await script('start_cluster.sh', `-etcd=${address}`);
    await threeServers(registry);
    const client = await RpcClient.open({
      service: greetService(),
      discovery: registryDiscovery({ registry, service: SERVICE }),
      config: { ...clientConfig(1), Balancer: 'round_robin' },
    });
    closings.push(() => client.close());
    await waitFor('answers of it', async () => (await answering(client)).has('server-A'));
    await waitFor('calls of theirs', async () => (await log('client')).includes('Response: '));

    const [pidA] = (await readFile(join(dir, 'cluster.pid'), 'utf8')).split('\n');
    process.kill(Number(pidA), 'SIGKILL');
    expect(await answering(client)).not.toContain('server-A');
    await waitFor('it to leave the list', () => client.instances().length === 2);

    const heard: unknown[] = [];
    const inItsPlace = createServer((socket) => heard.push(socket.destroy()));
    inItsPlace.listen(basePort, '127.0.0.1');
    await once(inItsPlace, 'listening');
    closings.push(() => inItsPlace.close());
    expect(await answering(client)).not.toContain('server-A');
    expect(heard).toEqual([]);
  });
});

/** Who answers many calls. */
async function answering(client: RpcClient): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let nth = 0; nth < 50; nth += 1) {
    ids.add((await client.call('GetGreetStats', {})).instance.id);
  }
  return ids;
}

describe('the faults of its servers', () => {
  it('begin after so many requests, and end in time; then the count begins anew', () => {
    const faults = { failAfter: 3, failDurationMs: 100, failRate: 0, seed: 1 };
    const injector = new FaultInjector(faults);
    const at = (ms: number) => injector.fails(ms);
    expect([at(0), at(0), at(0), at(10), at(50), at(109)]).toEqual([
      ...[false, false, false],
      ...[true, true, true],
    ]);
    expect(injector.outage(109)).toBe(10);
    expect(injector.outage(110)).toBeNull();
    expect([at(110), at(110), at(110), at(120)]).toEqual([false, false, false, true]);
  });

  it('are the same by chance with the same seed, and as many as said', () => {
    const run = (seed: number) => {
      const injector = new FaultInjector({ failAfter: 0, failDurationMs: 0, failRate: 0.1, seed });
      return Array.from({ length: 10_000 }, () => injector.fails(0));
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
    const failed = run(7).filter(Boolean).length;
    expect(failed).toBeGreaterThan(900);
    expect(failed).toBeLessThan(1_100);
  });
});
