import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  lookAt,
  Metrics,
  memoryRegistryStore,
  RegistryMetrics,
  runRegistry,
  serveRegistry,
  systemClock,
} from '../../../shared/registry/library.ts';
import { EventStream } from '../../support/event-stream.ts';
import type { Json } from '../../support/fleet-process.ts';
import { waitFor } from '../../support/wait-for.ts';

const metrics = new Metrics();
const running = runRegistry({
  store: memoryRegistryStore(systemClock),
  ...{ options: {}, clock: systemClock, metrics: new RegistryMetrics(metrics) },
  look: lookAt({ request: () => Promise.reject(new Error('nothing is looked at')) }),
});
const { registry } = running;
let server: Awaited<ReturnType<typeof serveRegistry>>;

beforeEach(async () => {
  server = await serveRegistry({
    registry,
    address: '127.0.0.1:0',
    token: 'secret',
    metrics: new Metrics(),
  });
});
afterEach(() => server.close());

const call = async (method: string, path: string, authorization: string, body?: object) => {
  const url = `http://127.0.0.1:${server.port}${path}`;
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url, { method, headers: { authorization }, ...sent });
  const json: Json = await answer.json();
  return json;
};

it('a program serves its registry by a token of its own, for everything', async () => {
  const path = '/registry/services';
  const body = { id: 'a', name: 'web', address: 'localhost:1' };

  expect((await call('POST', path, 'Bearer wrong', body)).code).toBe(40_100);
  expect((await call('POST', path, 'Bearer secret', body)).code).toBe(20_000);
  expect((await call('PUT', `${path}/a/renew`, 'Bearer secret')).data).toBe('服务续约成功');
  expect((await call('PUT', `${path}/a/renew`, 'Bearer wrong')).code).toBe(40_100);
  expect((await call('GET', '/registry/admin/all', 'Bearer secret')).data).toHaveProperty('web');
  expect(await registry.listServices()).toEqual(['web']);
});

it('a server that is closed ends its watches', async () => {
  const url = `http://127.0.0.1:${server.port}/registry/watch/web`;
  const stream = await EventStream.open(url, { authorization: 'Bearer secret' });
  await stream.first(1);
  await server.close();
  await waitFor('its end', () => stream.isEnded);

  expect(stream.isCut).toBe(false);
});

it('an address that is none is told', async () => {
  await expect(serveRegistry({ registry, address: 'nowhere' })).rejects.toThrow(
    'address: "nowhere" is none',
  );
});
