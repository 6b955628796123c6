import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Coordinator,
  CoordinatorMetrics,
  type CoordinatorServer,
  type CoordinatorServerOptions,
  jsonRoute,
  Metrics,
  openPartitionStore,
  type PartitionStore,
  serveCoordinator,
} from '../../shared/coordinator/library.ts';
import { freePort } from '../support/fleet-process.ts';
import { plannerTo } from './rig.ts';

const HERE = '127.0.0.1';

describe('the server of a coordinator', () => {
  let store: PartitionStore;
  let coordinator: Coordinator;
  let metrics: Metrics;
  const planner = plannerTo(30n, 10n);
  let opened: CoordinatorServer[];

  beforeEach(async () => {
    opened = [];
    metrics = new Metrics();
    const figures = new CoordinatorMetrics({ metrics, workerId: 'w', version: '1.0.0' });
    store = figures.measured(await openPartitionStore({ type: 'memory' }, 'n'));
    coordinator = new Coordinator({
      ...{ workerId: 'w', store, planner, processor: { process: async () => 1 } },
      events: figures.events,
    });
    figures.watch(coordinator);
  });

  afterEach(async () => {
    await Promise.all(opened.map((server) => server.close(0)));
    await store.close();
  });

  async function serve(options: Partial<CoordinatorServerOptions>): Promise<CoordinatorServer> {
    const own = { coordinator, store, planner, metrics, httpAddr: `${HERE}:0` };
    const server = await serveCoordinator({ ...own, ...options });
    opened.push(server);
    return server;
  }

  async function ask(port: number | null, path: string, init: RequestInit = {}) {
    const response = await fetch(`http://${HERE}:${port}${path}`, init);
    return { status: response.status, text: await response.text() };
  }

  it('has API, figures and health at one address', async () => {
    const { httpPort, metricsPort } = await serve({});

    expect(metricsPort).toBe(httpPort);
    expect(await ask(httpPort, '/api/v1/stats')).toMatchObject({ status: 200 });
    expect((await ask(httpPort, '/health')).text).toMatch(/^{"status":"healthy","timestamp":\d+}$/);
    expect((await ask(httpPort, '/metrics')).text).toContain(
      'elk_coordinator_is_leader{node_id="w"} 0',
    );
  });

  it('has the figures at an address of their own', async () => {
    const { httpPort, metricsPort } = await serve({
      ...{ httpAddr: `${HERE}:${await freePort()}`, metricsAddr: `${HERE}:${await freePort()}` },
    });

    expect(await ask(httpPort, '/api/v1/leader')).toMatchObject({ status: 200 });
    expect(await ask(httpPort, '/health')).toMatchObject({ status: 200 });
    expect(await ask(httpPort, '/metrics')).toMatchObject({ status: 404 });
    expect(await ask(metricsPort, '/metrics')).toMatchObject({ status: 200 });
    expect(await ask(metricsPort, '/health')).toMatchObject({ status: 200 });
    expect(await ask(metricsPort, '/api/v1/leader')).toMatchObject({ status: 404 });
  });

  it('has the figures alone, when no API is asked for', async () => {
    const { httpPort, metricsPort } = await serve({ httpAddr: null, metricsAddr: `${HERE}:0` });

    expect(httpPort).toBeNull();
    expect(await ask(metricsPort, '/metrics')).toMatchObject({ status: 200 });
  });

  it('wants the token of whoever asks the API, and of nobody who asks how it is (B32)', async () => {
    const { httpPort } = await serve({ token: 'sesame' });
    const bearing = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });

    for (const init of [{}, bearing('other')])
      expect(await ask(httpPort, '/api/v1/stats', init)).toEqual({
        status: 401,
        text: '{"success":false,"message":"unauthorized: send Authorization: Bearer TOKEN"}',
      });
    expect(await ask(httpPort, '/api/v1/stats', bearing('sesame'))).toMatchObject({ status: 200 });
    expect(await ask(httpPort, '/health')).toMatchObject({ status: 200 });
    expect(await ask(httpPort, '/metrics')).toMatchObject({ status: 200 });
  });

  it('lets no page of elsewhere read its answers (B32)', async () => {
    const { httpPort } = await serve({});
    const response = await fetch(`http://${HERE}:${httpPort}/api/v1/stats`, {
      headers: { Origin: 'http://elsewhere.example' },
    });
    await response.text();

    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is gone when it is closed, and others may have its port (B33)', async () => {
    const first = await serve({});
    await first.close();
    const second = await serve({ metrics: new Metrics(), httpAddr: `${HERE}:${first.httpPort}` });

    expect(second.httpPort).toBe(first.httpPort);
    expect(await ask(second.httpPort, '/health')).toMatchObject({ status: 200 });
  });

  it('answers to routes of one’s own', async () => {
    const { httpPort } = await serve({
      routes: [jsonRoute('GET', '/example', async () => ({ is: 'mine' }))],
    });

    expect(await ask(httpPort, '/example')).toEqual({ status: 200, text: '{"is":"mine"}' });
  });

  it('says which port is taken, and leaves no other one open (B33)', async () => {
    const other = createServer().listen(0, HERE);
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const taken = typeof address === 'object' ? address?.port : undefined;
    const free = await freePort();

    await expect(
      serve({ httpAddr: `${HERE}:${free}`, metricsAddr: `${HERE}:${taken}` }),
    ).rejects.toMatchObject({
      kind: 'conflict',
      message: `cannot listen on ${HERE}:${taken}: address already in use; stop the other program or set metricsAddr`,
    });
    await expect(fetch(`http://${HERE}:${free}/health`)).rejects.toThrow('fetch failed');
    other.close();
  });

  it('says what an address looks like', async () => {
    await expect(serve({ httpAddr: '8080' })).rejects.toMatchObject({
      kind: 'invalid',
      message: 'httpAddr is "8080"; it must be :port, host:port or [IPv6]:port',
    });
  });
});
