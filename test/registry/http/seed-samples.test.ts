import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryRig } from '../../support/registry-rig.ts';

const SAMPLE = {
  name: 'user-service',
  address: '127.0.0.1:8080',
  protocol: 'http',
  metadata: { version: '1.0.2', region: 'us-east-1' },
  weight: 100,
  status: 'active',
};
const ID = /^user-service-[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);

/** Answers as a public document of this API shows them; what ours have besides is not looked at. */
describe('the documented samples', () => {
  let rig: RegistryRig;
  let id: string;

  beforeAll(async () => {
    rig = await RegistryRig.start();
    id = (await rig.register(SAMPLE)).id;
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('1.1 an instance is registered, with an ID that is made for it', async () => {
    const { status, body } = await rig.call('POST', '/registry/services', { body: SAMPLE });

    expect(status).toBe(200);
    expect(body).toMatchObject({ code: 20_000, msg: 'success' });
    expect(body.data).toMatchObject({ ...SAMPLE, register_time: TIME, start_time: TIME });
    expect(body.data.id).toMatch(ID);
  });

  it('1.1 the same one is registered once, however often that is asked for', async () => {
    expect((await rig.register(SAMPLE)).id).toBe(id);
    expect(await rig.data('GET', '/registry/discovery/user-service')).toHaveLength(1);
  });

  it('1.1 what is left out is http, 100 and active', async () => {
    const made = await rig.register({ name: 'plain', address: 'localhost:1' });

    expect(made).toMatchObject({ protocol: 'http', weight: 100, status: 'active', env: 'all' });
  });

  it('1.2 an instance is unregistered', async () => {
    const { id: gone } = await rig.register({ name: 'gone', address: 'localhost:1' });

    expect(await rig.data('DELETE', `/registry/services/${gone}`)).toBe('服务注销成功');
    expect(await rig.data('GET', '/registry/discovery/gone?all=true')).toEqual([]);
  });

  it('1.3 an instance is renewed', async () => {
    const { status, body } = await rig.call('PUT', `/registry/services/${id}/renew`);

    expect({ status, body }).toEqual({
      ...{ status: 200, body: { code: 20_000, msg: 'success', data: '服务续约成功' } },
    });
  });

  it('1.4 one instance is shown', async () => {
    expect(await rig.data('GET', `/registry/services/${id}`)).toMatchObject({ ...SAMPLE, id });
  });

  it('2.1 services are listed, each once and in their order', async () => {
    await rig.register({ name: 'a-service', address: 'localhost:1' });
    await rig.register({ name: 'a-service', address: 'localhost:2' });

    const names: readonly string[] = await rig.data('GET', '/registry/services');
    expect(names).toEqual([...names].sort());
    expect(names.filter((name) => name === 'a-service')).toHaveLength(1);
  });

  it('2.2 instances are found by service, status and protocol', async () => {
    await rig.register({ name: 'found', address: 'localhost:1' });
    await rig.register({ name: 'found', address: 'localhost:2', protocol: 'grpc' });
    await rig.register({ name: 'found', address: 'localhost:3', status: 'inactive' });
    const found = async (query: string) => {
      const list: { address: string }[] = await rig.data(
        'GET',
        `/registry/discovery/found${query}`,
      );
      return list.map(({ address }) => address).sort();
    };

    expect(await found('')).toEqual(['localhost:1', 'localhost:2']);
    expect(await found('?protocol=grpc')).toEqual(['localhost:2']);
    expect(await found('?status=active')).toEqual(['localhost:1', 'localhost:2']);
    expect(await found('?status=inactive')).toEqual(['localhost:3']);
    expect(await found('?status=maintenance')).toEqual([]);
    expect(await found('?status=&protocol=')).toEqual(['localhost:1', 'localhost:2']);
  });

  it('3.1 the health of an instance is told, with times as Go writes them', async () => {
    const { id: here } = await rig.register({ name: 'healthy', address: 'localhost:1' });
    rig.clock.advance(12_310_000);

    expect(await rig.data('GET', `/registry/services/${here}/health`)).toMatchObject({
      ...{ service_id: here, service_name: 'healthy', uptime: '3h25m10s' },
      ...{ register_duration: '3h25m10s', last_check: TIME },
    });
  });

  it('3.3 the figures of a service are told, with its instances', async () => {
    await rig.register({ name: 'counted', address: 'localhost:1' });
    await rig.register({ name: 'counted', address: 'localhost:2', protocol: 'grpc' });

    const stats = await rig.data('GET', '/registry/services/counted/stats');
    expect(stats).toMatchObject({
      ...{ service_name: 'counted', total_instances: 2 },
      ...{ healthy_instances: 2, unhealthy_instances: 0 },
      ...{ protocols: { http: 1, grpc: 1 }, statuses: { active: 2 }, timestamp: TIME },
    });
    expect(stats.instances).toHaveLength(2);
  });
});

describe('the documented samples of all services', () => {
  let rig: RegistryRig;

  beforeAll(async () => {
    rig = await RegistryRig.start();
    for (let port = 1; port <= 5; port += 1) {
      await rig.register({ name: 'user-service', address: `localhost:${port}` });
    }
    await rig.register({ name: 'order-service', address: 'localhost:1' });
    await rig.register({ name: 'order-service', address: 'localhost:2', status: 'inactive' });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('3.2 figures of everything', async () => {
    expect(await rig.data('GET', '/registry/stats')).toEqual({
      ...{ total_services: 2, total_instances: 7, healthy_instances: 6, unhealthy_instances: 1 },
      ...{ service_stats: { 'user-service': 5, 'order-service': 2 }, timestamp: TIME },
    });
  });

  it('4.1 everything, by service', async () => {
    const all: Readonly<Record<string, unknown>> = await rig.data('GET', '/registry/admin/all');

    expect(Object.keys(all).sort()).toEqual(['order-service', 'user-service']);
    expect(all['user-service']).toHaveLength(5);
    expect(all['order-service']).toHaveLength(2);
  });

  it('4.2 a service is removed with all its instances', async () => {
    expect(await rig.data('DELETE', '/registry/admin/services/user-service')).toEqual({
      ...{ service_name: 'user-service', total_instances: 5, removed_count: 5, errors: [] },
    });
    expect(await rig.data('GET', '/registry/services')).toEqual(['order-service']);
  });
});

describe('nothing', () => {
  let rig: RegistryRig;

  beforeAll(async () => {
    rig = await RegistryRig.start();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each([
    { path: '/registry/services', data: [] },
    { path: '/registry/discovery/none', data: [] },
    { path: '/registry/admin/all', data: {} },
    {
      path: '/registry/stats',
      data: {
        ...{ total_services: 0, total_instances: 0, healthy_instances: 0, unhealthy_instances: 0 },
        ...{ service_stats: {}, timestamp: TIME },
      },
    },
    {
      path: '/registry/services/none/stats',
      data: {
        ...{ service_name: 'none', total_instances: 0, healthy_instances: 0 },
        ...{ unhealthy_instances: 0, protocols: {}, statuses: {}, instances: [], timestamp: TIME },
      },
    },
  ])('is an empty answer of $path, and never null (R9)', async ({ path, data }) => {
    expect(await rig.data('GET', path)).toEqual(data);
  });

  it('is removed from a service that is not there', async () => {
    expect(await rig.data('DELETE', '/registry/admin/services/none')).toEqual({
      ...{ service_name: 'none', total_instances: 0, removed_count: 0, errors: [] },
    });
  });
});
