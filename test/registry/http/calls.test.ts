import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../../../shared/registry/http/open-api.ts';
import { OPERATIONS, type Operation } from '../../../shared/registry/http/operations.ts';
import { registryHttp } from '../../../shared/registry/http/registry-http.ts';
import type { Json } from '../../support/fleet-process.ts';
import { RegistryRig } from '../../support/registry-rig.ts';

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
});

describe('the calls of the registry', () => {
  let rig: RegistryRig;

  beforeEach(async () => {
    rig = await RegistryRig.start();
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const put = (id: string, more = {}): Promise<Json> =>
    rig.register({ id, name: 'web', address: `${id}:1`, ...more });
  const found = async (query: string): Promise<readonly string[]> => {
    const list: { id: string }[] = await rig.data('GET', `/registry/discovery/web${query}`);
    return list.map(({ id }) => id);
  };

  it('answer in the words that an instance was registered with', async () => {
    const said: Record<string, string> = {};
    for (const status of [
      'active',
      'inactive',
      'maintenance',
      'up',
      'down',
      'starting',
      'stopping',
    ]) {
      const made = await put(`a-${status}`, { status });
      said[status] = made.status;
    }
    expect(said).toEqual(Object.fromEntries(Object.keys(said).map((word) => [word, word])));

    expect(await found('')).toEqual(['a-active', 'a-up']);
    expect(await found('?status=up')).toEqual(await found('?status=active'));
    expect(await found('?status=down')).toEqual(['a-down', 'a-inactive']);
    expect(await found('?status=starting')).toEqual(['a-starting']);
    const { statuses } = await rig.data('GET', '/registry/services/web/stats');
    expect(statuses).toMatchObject({ active: 1, up: 1, inactive: 1, down: 1 });
    for (const id of ['a-active', 'a-up']) {
      expect(await rig.data('GET', `/registry/services/${id}/health`)).toMatchObject({
        ...{ healthy: true, online: true, offline: false, offline_duration: '0s' },
      });
    }
  });

  it('find by environment, zone and metadata, page by page', async () => {
    await put('a', { env: 'prod', zone: 'z1', metadata: { version: '1', lane: 'blue' } });
    await put('b', { env: 'dev', zone: 'z2', metadata: { version: '1' } });
    await put('c', { zone: 'z1', status: 'inactive' });
    await put('d', { zone: 'z1' });

    expect(await found('?env=prod')).toEqual(['a', 'd']);
    expect(await found('?zone=z1')).toEqual(['a', 'd']);
    expect(await found('?metadata[version]=1')).toEqual(['a', 'b']);
    expect(await found('?metadata%5Bversion%5D=1&metadata[lane]=blue')).toEqual(['a']);
    expect(await found('?all=true')).toEqual(['a', 'b', 'c', 'd']);
    expect(await found('?all=true&limit=2')).toEqual(['a', 'b']);
    expect(await found('?all=true&limit=2&after=b')).toEqual(['c', 'd']);
    expect(await found('?all=true&limit=2&after=d')).toEqual([]);
    expect(await found('?all=false')).toEqual(['a', 'b', 'd']);
  });

  it('keep services and instances of the same name apart', async () => {
    await rig.register({ id: 'stats', name: 'health', address: 'a:1' });

    expect(await rig.data('GET', '/registry/services/stats')).toMatchObject({ name: 'health' });
    expect(await rig.data('GET', '/registry/services/stats/health')).toMatchObject({
      ...{ service_id: 'stats', service_name: 'health' },
    });
    expect(await rig.data('GET', '/registry/services/health/stats')).toMatchObject({
      ...{ service_name: 'health', total_instances: 1 },
    });
    expect(await rig.data('GET', '/registry/services/stats/stats')).toMatchObject({
      ...{ service_name: 'stats', total_instances: 0 },
    });
    expect(await rig.data('GET', '/registry/services/stats/history')).toMatchObject([
      { event: 'registered', actor: 'admin' },
    ]);
  });

  it('take an instance offline for good, until it is registered again', async () => {
    await put('a');
    rig.clock.advance(1_000);
    const { message, instance } = await rig.data('PUT', '/registry/services/a/offline');
    expect(message).toBe('服务下线成功');
    expect(instance).toMatchObject({ id: 'a', status: 'inactive' });
    rig.clock.advance(90_000);

    expect((await rig.data('PUT', '/registry/services/a/offline')).instance).toMatchObject({
      offline_time: instance.offline_time,
    });
    expect(await rig.data('PUT', '/registry/services/a/renew')).toBe('服务续约成功');
    expect(await rig.data('GET', '/registry/services/a/health')).toMatchObject({
      ...{ healthy: false, online: false, offline: true, offline_duration: '1m30s' },
    });
    expect(await rig.data('PUT', '/registry/renew', { body: { ids: ['a', 'x'] } })).toEqual({
      ...{ renewed: [], offline: ['a'], unknown: ['x'] },
    });
    expect(await put('a')).toMatchObject({ status: 'active' });
    expect(await found('')).toEqual(['a']);
  });

  it('hold an instance out, whatever it does, until that is taken back', async () => {
    await put('a');
    const body = { status: 'maintenance', reason: 'a new disk' };
    expect(await rig.data('PUT', '/registry/services/a/override', { body })).toMatchObject({
      ...{ status: 'maintenance', override: { ...body, actor: 'admin' } },
    });
    await rig.data('PUT', '/registry/services/a/renew');
    await put('a');
    expect(await found('')).toEqual([]);

    const ended = await rig.data('DELETE', '/registry/services/a/override');
    expect(ended.status).toBe('active');
    expect(ended).not.toHaveProperty('override');
    const events: { event: string }[] = await rig.data('GET', '/registry/services/a/history');
    expect(events.map(({ event }) => event)).toEqual([
      ...['override ended', 're-registered', 'override set', 'registered'],
    ]);
  });

  it.each([
    { sent: {} },
    { sent: { status: 'up' } },
    { sent: { status: 'offline', until: '2001-01-01T00:00:00Z' } },
    { sent: { status: 'offline', until: 'tomorrow' } },
    { sent: { status: 'offline', nobody: 'knows' } },
    { sent: { status: 'offline', reason: 'x'.repeat(501) } },
  ])('refuse to hold an instance out by $sent', async ({ sent }) => {
    await put('a');
    const { body } = await rig.call('PUT', '/registry/services/a/override', { body: sent });

    expect(body).toMatchObject({ code: 40_000, data: null });
    expect(await found('')).toEqual(['a']);
  });

  it('renew many at once, and no more than that', async () => {
    const ids = Array.from({ length: 10_001 }, (_, n) => `a-${n}`);
    await put('a-0');

    const { renewed, unknown } = await rig.data('PUT', '/registry/renew', {
      body: { ids: ids.slice(1) },
    });
    expect({ renewed, unknown: unknown.length }).toEqual({ renewed: [], unknown: 10_000 });
    expect((await rig.call('PUT', '/registry/renew', { body: { ids } })).body.code).toBe(40_000);
  });

  it('answer what their description says', async () => {
    await put('a', { zone: 'z1', metadata: { version: '1' } });
    const until = new Date(rig.clock.now() + 3_600_000).toISOString();
    await rig.data('PUT', '/registry/services/a/override', { body: { status: 'offline', until } });
    const reads: readonly (readonly [Operation, string])[] = [
      [OPERATIONS.get, '/registry/services/a'],
      [OPERATIONS.services, '/registry/services'],
      [OPERATIONS.discover, '/registry/discovery/web?all=true'],
      [OPERATIONS.watch, '/registry/watch/web?wait=0'],
      [OPERATIONS.health, '/registry/services/a/health'],
      [OPERATIONS.history, '/registry/services/a/history'],
      [OPERATIONS.stats, '/registry/stats'],
      [OPERATIONS.serviceStats, '/registry/services/web/stats'],
      [OPERATIONS.all, '/registry/admin/all'],
      [OPERATIONS.offline, '/registry/services/a/offline'],
      [OPERATIONS.renewAll, '/registry/renew'],
      [OPERATIONS.removeAll, '/registry/admin/services/web'],
    ];
    for (const [{ method, data }, path] of reads) {
      const body = path.endsWith('/renew') ? { body: { ids: ['a', 'b'] } } : {};
      const answered = await rig.data(method, path, body);
      if (typeof data === 'string') expect(answered).toBe(data);
      else expect(data.safeParse(answered).error, path).toBeUndefined();
    }
  });

  it('are described as they are served, for whoever asks', async () => {
    const { routes } = registryHttp({ registry: rig.registry, clock: rig.clock });
    const rows = routes.map(({ method, path }) => `${method} ${path}`);
    const { paths } = Document.parse(openApiDocument());
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    );

    expect(described.sort()).toEqual(
      rows.filter((row) => row !== 'GET /registry/openapi.json').sort(),
    );
    const served = await fetch(`${rig.url}/registry/openapi.json`);
    expect(await served.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
  });
});
