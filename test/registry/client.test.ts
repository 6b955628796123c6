import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/kernel/clock.ts';
import { messageOf } from '../../shared/kernel/errors.ts';
import {
  connectRegistry,
  type RegistryClientOptions,
} from '../../shared/registry/client/connect-registry.ts';
import type { RegistryClient } from '../../shared/registry/client/registry-client.ts';
import { renewService } from '../../shared/registry/client/renew-service.ts';
import { memoryRegistryStore } from '../../shared/stores/registry/memory/memory-registry-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FlakyRegistryStore } from '../support/flaky-registry-store.ts';
import { freePort, type Json } from '../support/fleet-process.ts';
import { openRawServer } from '../support/raw-server.ts';
import { RegistryRig } from '../support/registry-rig.ts';
import { RegistryServer } from '../support/registry-server.ts';
import { waitFor } from '../support/wait-for.ts';

const REGISTRATION = {
  ...{ id: 'user-1', name: 'user-service', address: '127.0.0.1:8080', weight: 7, zone: 'a' },
  metadata: { version: '1.0.2' },
};

let server: RegistryServer;
let clients: RegistryClient[];

beforeEach(async () => {
  server = await RegistryServer.start();
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await server.stop();
});

function connect(options: Partial<RegistryClientOptions> = {}): RegistryClient {
  const client = connectRegistry({ urls: [server.url], ...options });
  clients.push(client);
  return client;
}

async function restarted(store = server.store): Promise<void> {
  const { port } = server;
  await server.stop();
  server = await RegistryServer.start({ port, store });
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (thrown: unknown) => (thrown instanceof Error && 'code' in thrown ? thrown.code : thrown),
  );

describe('a registry over HTTP', () => {
  it('does what the registry itself does', async () => {
    const client = connect();
    const instance = await client.register(REGISTRATION);
    await client.renew('user-1');

    expect(instance).toMatchObject({ ...REGISTRATION, status: 'active', incarnation: 1 });
    expect(instance.isHealthy()).toBe(true);
    const { last_renew_time, ...there } = await server.registry.getService('user-1');
    expect(Date.parse(last_renew_time)).toBeGreaterThan(0);
    expect(await client.getService('user-1')).toMatchObject(there);
    expect(await client.listServices()).toEqual(['user-service']);
    expect(await client.discover('user-service')).toHaveLength(1);
    expect((await client.offline('user-1')).isOffline()).toBe(true);
    expect(await client.discover('user-service')).toEqual([]);
    await client.unregister('user-1');
    expect(await client.listServices()).toEqual([]);
  });

  it('finds the instances that are asked for', async () => {
    const client = connect();
    await client.register({ ...REGISTRATION, id: 'a', protocol: 'grpc', env: 'prod' });
    await client.register({ ...REGISTRATION, id: 'b', metadata: { 'a b': '&=' } });
    await client.register({ ...REGISTRATION, id: 'c', zone: 'b', status: 'maintenance' });
    const ids = async (filter: Parameters<RegistryClient['discover']>[1]) =>
      (await client.discover('user-service', filter)).map(({ id }) => id);

    expect(await ids({})).toEqual(['a', 'b']);
    expect(await ids({ status: 'any' })).toEqual(['a', 'b', 'c']);
    expect(await ids({ protocol: 'grpc' })).toEqual(['a']);
    expect(await ids({ env: 'dev' })).toEqual(['b']);
    expect(await ids({ metadata: { 'a b': '&=' } })).toEqual(['b']);
    expect(await ids({ status: 'any', zone: 'b' })).toEqual(['c']);
    expect(await ids({ status: 'any', after: 'a', limit: 1 })).toEqual(['b']);
  });

  it('says what is not there in the words and by the code of the registry', async () => {
    const client = connect();
    const failure = client.renew('nobody');

    await expect(failure).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND' });
    expect(await failure.catch(messageOf)).toBe('service not found');
    expect(await codeOf(client.getService('nobody'))).toBe('SERVICE_NOT_FOUND');
    expect(await codeOf(client.offline('..'))).toBe('SERVICE_NOT_FOUND');
    expect(await codeOf(client.unregister('nobody'))).toBe('SERVICE_NOT_FOUND');
    expect(await codeOf(client.register({ name: 'a', address: 'b' }))).toBe('INVALID_INSTANCE');
  });

  it('never takes an outage for an instance that is not there', async () => {
    const flaky = new FlakyRegistryStore(memoryRegistryStore(systemClock));
    await restarted(flaky);
    const client = connect();
    await client.register(REGISTRATION);
    flaky.isAway = true;
    expect(await codeOf(client.renew('user-1'))).toBe('CONNECTION_FAILED');
    expect(await codeOf(client.getService('user-1'))).toBe('CONNECTION_FAILED');

    await server.stop();
    expect(await codeOf(client.renew('user-1'))).toBe('CONNECTION_FAILED');
  });

  it('never takes the 404 of another server for it either', async () => {
    const answer = 'HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno';
    const other = await openRawServer((socket) => socket.write(answer));
    const client = connect({ urls: [`127.0.0.1:${other.port}`] });

    expect(await codeOf(client.renew('user-1'))).toBe('CONNECTION_FAILED');
    await other.close();
  });

  it('gives up a server that does not answer in time', async () => {
    const mute = await openRawServer(() => undefined);
    const client = connect({ urls: [`127.0.0.1:${mute.port}`], timeoutMs: 50 });

    expect(await codeOf(client.renew('user-1'))).toBe('OPERATION_TIMEOUT');
    await mute.close();
  });

  it('keeps to one server, and goes over to another one when that is away', async () => {
    await using other = await RegistryServer.start({ store: server.store });
    const client = connect({ urls: [server.url, other.url] });
    const renewed = Array<string>(3).fill('PUT /registry/services/user-1/renew');
    const renew = async () => {
      for (let nth = 0; nth < renewed.length; nth += 1) await client.renew('user-1');
    };
    await client.register(REGISTRATION);
    await renew();
    const [kept, spare] = server.asked.length > 0 ? [server, other] : [other, server];
    expect(kept.asked).toEqual(['POST /registry/services', ...renewed]);
    expect(spare.asked).toEqual([]);

    await kept.stop();
    await renew();
    expect(spare.asked).toEqual(renewed);
  });

  it('goes over to another server when the first one that it asks is away', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const client = connect({ urls: [nobody, server.url] });
    await client.register(REGISTRATION);

    expect(server.asked).toHaveLength(1);
  });

  it('says what is wrong with each server where none answers', async () => {
    await server.stop();
    const client = connect({ urls: [server.url, 'http://127.0.0.1:1'] });

    await expect(client.listServices()).rejects.toThrow(
      /^no server of the registry answers: .*connection refused; .*connection refused$/,
    );
  });

  it.each([
    [{ urls: [] }, 'urls: is empty'],
    [{ urls: ['ftp://a'] }, 'urls.0: url "ftp://a" is not usable'],
    [{ username: 'a' }, 'username and password go together'],
    [{ clientSecret: 'a' }, 'clientId and clientSecret go together'],
    [{ token: 'a', username: 'b', password: 'c' }, 'give one of token'],
    [{ timeoutMs: 0 }, 'timeoutMs: '],
  ])('refuses %j', (options, says) => {
    expect(() => connectRegistry({ urls: [server.url], ...options })).toThrow(says);
  });
});

describe('tokens', () => {
  it('are fetched for a client and a user, and a wrong secret is no outage', async () => {
    await using rig = await RegistryRig.start();
    const { id, secret } = await rig.auth.client(rig.admin, ['user-service']);
    const own = connect({ urls: [rig.url], clientId: id, clientSecret: secret });
    const user = connect({
      ...{ urls: [rig.url], username: 'admin', password: rig.auth.adminSecret },
    });
    const wrong = connect({ urls: [rig.url], clientId: id, clientSecret: 'wrong' });
    await own.register(REGISTRATION);

    expect(await user.listServices()).toEqual(['user-service']);
    expect(await codeOf(own.register({ ...REGISTRATION, id: 'x', name: 'other' }))).toBe(
      'INVALID_CONFIG',
    );
    expect(await codeOf(wrong.listServices())).toBe('INVALID_CONFIG');
    expect(await codeOf(connect({ urls: [rig.url] }).listServices())).toBe('INVALID_CONFIG');
  });

  it('are renewed before they end, once for all who call', async () => {
    await using rig = await RegistryRig.start();
    const { id, secret } = await rig.auth.client(rig.admin, ['user-service']);
    const clock = new FakeClock();
    const client = connect({ urls: [rig.url], clientId: id, clientSecret: secret, clock });
    const tokens = new Set<string | null>();
    const call = async () => {
      await Promise.all([client.listServices(), client.listServices()]);
      tokens.add(await client.tokens.current());
    };
    await call();
    clock.advance(47 * 60_000);
    await call();
    expect(tokens.size).toBe(1);
    clock.advance(2 * 60_000);
    rig.auth.clock.advance(49 * 60_000);
    await call();

    expect(tokens.size).toBe(2);
  });

  it('are renewed when one is refused that should have been good', async () => {
    await using rig = await RegistryRig.start();
    const { id, secret } = await rig.auth.client(rig.admin, ['user-service']);
    const client = connect({ urls: [rig.url], clientId: id, clientSecret: secret });
    await client.listServices();
    const before = await client.tokens.current();
    rig.auth.clock.advance(2 * 3_600_000);

    expect(await client.listServices()).toEqual([]);
    expect(await client.tokens.current()).not.toBe(before);
  });
});

describe('a watch over HTTP', () => {
  it('tells everything at first, and then what changes', async () => {
    const client = connect();
    await client.register(REGISTRATION);
    const watcher = await client.watch('user-service');
    expect((await watcher.next())?.map(({ id }) => id)).toEqual(['user-1']);
    await server.registry.register({ ...REGISTRATION, id: 'user-2' });
    expect((await watcher.next())?.map(({ id }) => id)).toEqual(['user-1', 'user-2']);
    await server.registry.unregister('user-1');
    const { signal } = new AbortController();

    expect(await watcher.nextChange(signal)).toMatchObject({
      ...{ isSnapshot: false, removed: ['user-1'], instances: [] },
    });
    const last = watcher.next();
    watcher.stop();
    expect(await last).toBeNull();
  });

  it('is one question for all who watch the same service', async () => {
    const client = connect();
    const watchers = await Promise.all(
      Array.from({ length: 1_000 }, () => client.watch('user-service')),
    );
    await Promise.all(watchers.map((watcher) => watcher.next()));
    await server.registry.register(REGISTRATION);
    const told = await Promise.all(watchers.map((watcher) => watcher.next()));

    expect(told.every((instances) => instances?.length === 1)).toBe(true);
    expect(server.asked.length).toBeLessThanOrEqual(3);
  });

  it('goes on behind a revision that is known', async () => {
    const client = connect();
    const { revision } = await client.register(REGISTRATION);
    const watcher = await client.watch('user-service', { revision });
    await server.registry.register({ ...REGISTRATION, id: 'user-2' });
    const { signal } = new AbortController();

    expect(await watcher.nextChange(signal)).toMatchObject({
      ...{ isSnapshot: false, instances: [{ id: 'user-2' }] },
    });
    expect((await watcher.next())?.map(({ id }) => id)).toEqual(['user-1', 'user-2']);
  });

  it('goes on over a restart of the registry, says since when it was away, and has lost nothing', async () => {
    const logged: Json[] = [];
    const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line)) });
    const client = connect({ log, random: { next: () => 0 } });
    await client.register(REGISTRATION);
    const watcher = await client.watch('user-service');
    await watcher.next();
    const { port, store } = server;
    await server.stop();
    const since = await waitFor('that it is away', () => watcher.awaySinceMs);
    expect(since).toBeLessThanOrEqual(Date.now());
    server = await RegistryServer.start({ port, store });
    await server.registry.register({ ...REGISTRATION, id: 'user-2' });
    const { signal } = new AbortController();

    expect(await watcher.nextChange(signal)).toMatchObject({
      ...{ isSnapshot: false, instances: [{ id: 'user-2' }] },
    });
    expect(watcher.awaySinceMs).toBeNull();
    expect(logged.map(({ msg }) => msg)).toEqual([
      'a service cannot be watched; it is tried again',
      'a service can be watched again',
    ]);
  });

  it('tells all that there is when the registry comes back with other data', async () => {
    const client = connect({ random: { next: () => 0 } });
    await client.register(REGISTRATION);
    const watcher = await client.watch('user-service');
    await watcher.next();
    await restarted(memoryRegistryStore(systemClock));
    const { signal } = new AbortController();

    expect(await watcher.nextChange(signal)).toMatchObject({ isSnapshot: true, instances: [] });
  });

  it('fails at first where the registry cannot be asked, and ends when the client is closed', async () => {
    const client = connect();
    const watcher = await client.watch('user-service');
    await watcher.next();
    const last = watcher.next();
    await client.close();
    expect(await last).toBeNull();
    await server.stop();

    expect(await codeOf(connect().watch('user-service'))).toBe('CONNECTION_FAILED');
  });
});

describe('renewService over HTTP', () => {
  it('keeps an instance through a restart with its data, and registers it again without', async () => {
    const client = connect();
    const before = await client.register(REGISTRATION);
    const stop = renewService(client, 'user-1', 20);
    await restarted();
    const renewals = server.asked;
    await waitFor('a renewal', () => renewals.some((asked) => asked.endsWith('/renew')));
    expect(renewals).not.toContain('POST /registry/services');

    await restarted(memoryRegistryStore(systemClock));
    const after = await waitFor('that it is back', () =>
      server.registry.getService('user-1').catch(() => null),
    );
    expect(after).toMatchObject({ ...REGISTRATION, start_time: before.start_time });
    await stop({ unregister: true });
    expect(await server.registry.listServices()).toEqual([]);
  });
});
