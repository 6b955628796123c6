import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CoordinatorClient } from '../../examples/http_api/client/client.ts';
import { ExampleProcess } from '../support/example-process.ts';
import { freePort } from '../support/fleet-process.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const SERVER = 'http_api/server.ts';
const README = join(import.meta.dirname, '..', '..', 'examples', 'http_api', 'README.md');

describe('the example http_api', () => {
  let redis: RedisServerProcess;
  let server: ExampleProcess;
  let url: string;
  let env: Record<string, string>;

  beforeAll(async () => {
    redis = await RedisServerProcess.start();
    env = { REDIS_ADDR: redis.address, HTTP_PORT: String(await freePort()) };
    url = `http://127.0.0.1:${env['HTTP_PORT']}`;
    server = new ExampleProcess(SERVER, env);
    await server.says('API: ');
  });

  afterAll(async () => {
    await server.stop('SIGKILL');
    await redis.stop();
  });

  async function counts(): Promise<unknown> {
    return (await fetch(`${url}/api/v1/stats`)).json();
  }

  it('leaves failed what fails, until it is told to try again', async () => {
    const ended = { total: 30, completed: 27, dead: 3 };
    await expect.poll(counts).toMatchObject(ended);
    const client = new CoordinatorClient(url);

    expect(await client.retryFailedPartitions({ mode: 'immediate' })).toMatchObject({
      ...{ success: true, total_failed_partitions: 3, retried_partitions: [10, 20, 30] },
    });
    await expect.poll(counts).toMatchObject({ completed: 30, dead: 0 });
  });

  it('answers all that its README asks it, on a real store (B35)', async () => {
    const readme = await readFile(README, 'utf8');
    const commands = readme.replaceAll('\\\n', ' ').match(/^curl .+$/gm) ?? [];
    const paths = new Set<string>();
    for (const command of commands) {
      const [, method = 'GET'] = /-X (\w+)/.exec(command) ?? [];
      const [, path = ''] = /http:\/\/localhost:8080(\S+)/.exec(command) ?? [];
      const [, body] = /-d '([^']+)'/.exec(command) ?? [];
      const headers = { 'Content-Type': 'application/json' };
      const init = body === undefined ? { method } : { method, body, headers };
      const response = await fetch(url + path.replaceAll(/['"]/g, ''), init);
      expect(response.status, command).toBe(200);
      paths.add(path.replaceAll(/['"]|\?.*/g, ''));
    }

    expect([...paths]).toEqual(
      expect.arrayContaining([
        ...['/health', '/metrics', '/example/info', '/example/status'],
        ...['/api/v1/retry-failed-partitions', '/api/v1/stats'],
      ]),
    );
  });

  it('is shown by its client', async () => {
    const client = new ExampleProcess('http_api/client/main.ts', { SERVER_URL: url });

    expect(await client.end()).toBe(0);
    expect(client.output).toContain('"status": "healthy"');
    expect(client.output).toContain('"service": "elk-coordinator"');
    expect(client.output).toContain('says no (400): 无效的分区ID: 0, 分区ID必须大于0');
    expect(client.output).toMatch(/GET \/health -> 200 \(\d+\.\d ms\)/);
    expect(client.output).toContain('"requestCount": 8');
  });

  it('wants the token that it was started with, and sends it', async () => {
    const port = String(await freePort());
    const own = { ...env, HTTP_PORT: port, API_TOKEN: 'sesame' };
    const guarded = new ExampleProcess(SERVER, own);
    await guarded.says('API: ');
    const at = `http://127.0.0.1:${port}`;
    const stranger = new CoordinatorClient(at).retryFailedPartitions();

    await expect(stranger).rejects.toMatchObject({ kind: 'rejected', status: 401 });
    expect(
      await new CoordinatorClient(at, { token: 'sesame' }).retryFailedPartitions(),
    ).toMatchObject({ success: true });
    expect(await guarded.stop()).toBe(0);
  });

  it('shares the work among all that run', async () => {
    const own = { ...env, HTTP_PORT: String(await freePort()) };
    const second = new ExampleProcess(SERVER, own);
    await second.says('API: ');
    const workers = await waitFor('both', async () => {
      const text = await (await fetch(`${url}/api/v1/workers`)).text();
      return text.split('"is_active":true').length === 3 && text;
    });

    expect(workers).toContain(`-${own.HTTP_PORT}"`);
    expect(await second.stop()).toBe(0);
    expect(await (await fetch(`${url}/api/v1/workers`)).text()).not.toContain(own.HTTP_PORT);
  });

  it('has its figures at a port of their own', async () => {
    const [http, figures] = [String(await freePort()), String(await freePort())];
    const third = new ExampleProcess(SERVER, { ...env, HTTP_PORT: http, METRICS_PORT: figures });
    await third.says('metrics: ');
    const text = await (await fetch(`http://127.0.0.1:${figures}/metrics`)).text();

    expect(text).toContain('elk_coordinator_node_info{');
    expect((await fetch(`http://127.0.0.1:${http}/metrics`)).status).toBe(404);
    expect(await third.stop()).toBe(0);
  });

  it('says what to do when Redis is not there', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const alone = new ExampleProcess(SERVER, { ...env, REDIS_ADDR: address });

    expect(await alone.end()).toBe(1);
    expect(alone.output).toMatch(
      `ERROR: Redis is not reachable at ${address}: start it, or set REDIS_ADDR to where it is`,
    );
  });

  it('says what to do when its port is taken', async () => {
    const twin = new ExampleProcess(SERVER, env);

    expect(await twin.end()).toBe(1);
    expect(twin.output).toContain(
      `ERROR: cannot listen on :${env['HTTP_PORT']}: address already in use; stop the other program or set httpAddr (here: HTTP_PORT or METRICS_PORT)`,
    );
  });
});
