import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRegistry } from '../../shared/registry/client/connect-registry.ts';
import type { RegistryClient } from '../../shared/registry/client/registry-client.ts';
import {
  ServiceCache,
  type ServiceCacheOptions,
} from '../../shared/registry/client/service-cache.ts';
import type { Json } from '../support/fleet-process.ts';
import { RegistryServer } from '../support/registry-server.ts';
import { waitFor } from '../support/wait-for.ts';

const SERVICE = 'user-service';
const quick = { next: () => 0 };

let server: RegistryServer;
let client: RegistryClient;
let logged: Json[];
let caches: ServiceCache[];
let dir: string;

beforeEach(async () => {
  server = await RegistryServer.start();
  logged = [];
  const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
  client = connectRegistry({ urls: [server.url], random: quick, log });
  caches = [];
  dir = await mkdtemp(join(tmpdir(), 'service-cache-'));
});

afterEach(async () => {
  await Promise.all(caches.map((cache) => cache.close()));
  await client.close();
  await server.stop();
  await rm(dir, { recursive: true });
});

async function open(options: Partial<ServiceCacheOptions> = {}): Promise<ServiceCache> {
  const cache = await ServiceCache.open({ registry: client, random: quick, ...options });
  caches.push(cache);
  return cache;
}

const put = (id: string, more = {}) =>
  server.registry.register({ id, name: SERVICE, address: '127.0.0.1:80', ...more });
const ids = (cache: ServiceCache) => cache.discover(SERVICE).map(({ id }) => id);

/** A sequence that is the same each time (mulberry32). */
function seeded(seed: number) {
  let state = seed;
  return {
    next: () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

describe('a cache of services', () => {
  it('has those that get calls, as they change, in a frozen array that stays the same', async () => {
    await put('b');
    await put('a');
    await put('c', { status: 'maintenance' });
    const cache = await open();
    await cache.follow(SERVICE);

    expect(ids(cache)).toEqual(['a', 'b']);
    expect(cache.discover(SERVICE)).toBe(cache.discover(SERVICE));
    expect(Object.isFrozen(cache.discover(SERVICE))).toBe(true);
    await server.registry.offline('a');
    await waitFor('that one is gone', () => ids(cache).join() === 'b');
  });

  it('follows a service from the first time that it is asked for', async () => {
    await put('a');
    const cache = await open();
    expect(ids(cache)).toEqual([]);

    await waitFor('that it is known', () => ids(cache).join() === 'a');
  });

  it('asks the registry nothing more, however often it is asked itself', async () => {
    await put('a');
    const cache = await open();
    await cache.follow(SERVICE);
    await waitFor('the open question', () => server.asked.length === 2);
    for (let times = 0; times < 100_000; times += 1) cache.discover(SERVICE);
    await cache.follow(SERVICE);

    expect(server.asked).toHaveLength(2);
  });

  it('goes by what was known last while the registry is away, and says since when', async () => {
    await put('a');
    const cache = await open();
    await cache.follow(SERVICE);
    expect(cache.staleSinceMs(SERVICE)).toBeNull();
    const { port, store } = server;
    await server.stop();
    await waitFor('that it is away', () => cache.staleSinceMs(SERVICE));
    expect(ids(cache)).toEqual(['a']);

    server = await RegistryServer.start({ port, store });
    await put('b');
    await waitFor('the new one', () => ids(cache).join() === 'a,b');
    expect(cache.staleSinceMs(SERVICE)).toBeNull();
  });

  it('fails to follow where nothing is known and the registry is away, and tries on', async () => {
    const { port, store } = server;
    await server.stop();
    const cache = await open();
    await expect(cache.follow(SERVICE)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });

    server = await RegistryServer.start({ port, store });
    await put('a');
    await waitFor('that it is known', () => ids(cache).join() === 'a');
    await cache.follow(SERVICE);
  });

  it('starts without the registry from its file, which only its owner can read', async () => {
    const file = join(dir, 'services.json');
    await put('a', { weight: 7, zone: 'z' });
    const first = await open({ file });
    await first.follow(SERVICE);
    await first.close();
    await server.stop();
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const second = await open({ file });
    await second.follow(SERVICE);
    expect(second.discover(SERVICE)).toMatchObject([{ id: 'a', weight: 7, zone: 'z' }]);
    expect(second.staleSinceMs(SERVICE)).toBeLessThanOrEqual(Date.now());
    await second.close();
    expect(await readFile(file, 'utf8')).toContain('"a"');
  });

  it('starts with nothing where the file is damaged, and says so', async () => {
    const file = join(dir, 'services.json');
    await writeFile(file, '{"schema_version": 1, "services": [');
    await put('a');
    const cache = await open({ file });
    await cache.follow(SERVICE);

    expect(ids(cache)).toEqual(['a']);
    expect(logged).toMatchObject([{ reason: `${file} holds no snapshot of a registry` }]);
  });
});

describe('pick', () => {
  async function shares(cache: ServiceCache, zone?: string): Promise<Record<string, number>> {
    const random = seeded(1);
    const counts: Record<string, number> = {};
    const times = 100_000;
    for (let round = 0; round < times; round += 1) {
      const id = cache.pick(SERVICE, { random, ...(zone !== undefined && { zone }) })?.id ?? 'none';
      counts[id] = (counts[id] ?? 0) + 1;
    }
    return Object.fromEntries(Object.entries(counts).map(([id, count]) => [id, count / times]));
  }

  it('takes each as often as its weight says', async () => {
    const weights = { a: 100, b: 300, c: 600 };
    for (const [id, weight] of Object.entries(weights)) await put(id, { weight });
    const cache = await open();
    await cache.follow(SERVICE);
    const found = await shares(cache);

    expect(Object.keys(found).sort()).toEqual(['a', 'b', 'c']);
    expect(found['a']).toBeCloseTo(0.1, 2);
    expect(found['b']).toBeCloseTo(0.3, 2);
    expect(found['c']).toBeCloseTo(0.6, 2);
  });

  it('stays in the zone where there is a usable one in it, and else takes any', async () => {
    await put('a', { zone: 'z1' });
    await put('b', { zone: 'z2' });
    await put('c', { zone: 'z1', status: 'maintenance' });
    const cache = await open();
    await cache.follow(SERVICE);

    expect(Object.keys(await shares(cache, 'z1'))).toEqual(['a']);
    expect(Object.keys(await shares(cache, 'nowhere')).sort()).toEqual(['a', 'b']);
    await server.registry.offline('a');
    await waitFor('that it is gone', () => ids(cache).join() === 'b');
    expect(Object.keys(await shares(cache, 'z1'))).toEqual(['b']);
  });

  it('is null where there is none', async () => {
    const cache = await open();
    await cache.follow(SERVICE);

    expect(cache.pick(SERVICE)).toBeNull();
  });
});
