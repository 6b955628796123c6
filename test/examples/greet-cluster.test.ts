import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultInjector } from '../../examples/greet_cluster/fault-injector.ts';
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
afterEach(async () => {
  await script('stop_cluster.sh');
  await rm(dir, { recursive: true });
});

function script(name: string) {
  const env = {
    ...process.env,
    ...{ BASE_PORT: String(basePort), GREET_PACE: '0.05', FAIL_DURATION: '500ms', LOG_DIR: dir },
  };
  return promisify(execFile)('bash', [join(SCRIPTS, name)], { env });
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
    const before = await ask(2, '/health');
    expect(before).toMatchObject({ status: 200, body: { status: 'UP', instance_id: 'server-C' } });
    // R2: to ask counts as no request.
    expect((await ask(2, '/health')).body).toMatchObject({
      request_count: before.body.request_count,
    });
    await script('stop_cluster.sh');
    expect(await log('server_a')).toMatch(/Shutting down\.\.\.\nServer stopped\n$/);
  });
});

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
