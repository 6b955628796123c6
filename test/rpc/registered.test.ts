import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistrationInput } from '../../shared/domain/registration.ts';
import { connectRegistry } from '../../shared/registry/client/connect-registry.ts';
import { openRegistry, renewService } from '../../shared/registry/library.ts';
import type { ClientConfigInput } from '../../shared/resilience/failover-config.ts';
import { registryDiscovery } from '../../shared/rpc/discovery/registry-discovery.ts';
import { RegistryServer } from '../support/registry-server.ts';
import { waitFor } from '../support/wait-for.ts';
import type { GreetServer } from './support/greet-cluster.ts';
import { failureOf, keepCalling, RpcRig } from './support/rpc-rig.ts';

const SERVICE = 'greet';

let rig: RpcRig;
let registry: RegistryServer;
let dir: string;
beforeEach(async () => {
  rig = new RpcRig();
  registry = await RegistryServer.start();
  dir = await mkdtemp(join(tmpdir(), 'rpc-registered-'));
});
afterEach(async () => {
  await rig.close();
  await registry.stop();
  await rm(dir, { recursive: true });
});

type More = Partial<Pick<RegistrationInput, 'weight' | 'metadata' | 'zone'>>;

async function register({ id, address }: GreetServer, more: More = {}): Promise<void> {
  await registry.registry.register({ id, name: SERVICE, address, ...more });
}

async function clientOfRegistry(
  config: ClientConfigInput = {},
  metadata: Readonly<Record<string, string>> = {},
) {
  const connected = connectRegistry({ urls: [registry.url] });
  const file = join(dir, 'known.json');
  const discovery = registryDiscovery({ registry: connected, service: SERVICE, metadata, file });
  const client = await rig.client(config, { discovery });
  return { client, connected };
}

it('an instance that registers gets calls, and none any more when it has left', async () => {
  const [a, b] = await rig.start('a', 'b');
  if (a === undefined || b === undefined) return;
  await register(a);
  const { client, connected } = await clientOfRegistry();
  const calling = keepCalling(client, 4);
  await waitFor('calls of a', () => a.greeted.length > 10);
  await register(b);
  await waitFor('calls of b', () => b.greeted.length > 10);
  await registry.registry.unregister('a');
  await waitFor('that a is known to have left', () => client.instances().length === 1);
  const before = a.greeted.length;
  const at = b.greeted.length;
  await waitFor('more calls', () => b.greeted.length > at + 100);

  expect(await calling.stop()).toEqual([]);
  // Those that were on their way when it left.
  expect(a.greeted.length - before).toBeLessThanOrEqual(4);
  expect(client.instances().map(({ instance }) => instance.id)).toEqual(['b']);
  await registry.registry.unregister('b');
  await waitFor('that nobody is known', () => client.instances().length === 0);
  expect(await failureOf(client.call('Hello', {}))).toMatchObject({ ending: 'no_instances' });
  await connected.close();
});

it('R8: while the registry is away calls go on to those that were known', async () => {
  const servers = await rig.start('a', 'b');
  for (const server of servers) await register(server);
  const { client, connected } = await clientOfRegistry();
  await waitFor('that it is kept in the file', async () =>
    (await readFile(join(dir, 'known.json'), 'utf8')).includes('"b"'),
  );
  await registry.stop();
  for (let nth = 0; nth < 20; nth += 1) await client.call('Hello', { name: 'x' });
  const late = await clientOfRegistry();
  for (let nth = 0; nth < 20; nth += 1) await late.client.call('Hello', { name: 'x' });

  expect(servers.map(({ greeted }) => greeted.length)).toEqual([20, 20]);
  await Promise.all([connected.close(), late.connected.close()]);
});

it('R8: one that renews no more is left, though it was registered anew meanwhile', async () => {
  const [a, b] = await rig.start('a', 'b');
  if (a === undefined || b === undefined) return;
  const hasty = await openRegistry({
    ...{ store: { type: 'memory' }, leaseTtlSeconds: 2, renewIntervalMs: 100 },
  });
  for (const { id, address } of [a, b]) await hasty.register({ id, name: SERVICE, address });
  await hasty.register({ id: 'a', name: SERVICE, address: a.address, weight: 2 });
  const stopRenewing = renewService(hasty, 'b', 100);
  const client = await rig.client(
    {},
    { discovery: registryDiscovery({ registry: hasty, service: SERVICE }) },
  );
  const ids = () => client.instances().map(({ instance }) => instance.id);
  expect(ids()).toContain('a');
  await waitFor('the end of the lease', () => ids().join() === 'b');

  await client.call('Hello', { name: 'x' });
  expect(b.greeted).toHaveLength(1);
  await stopRenewing({ unregister: false });
  await client.close();
  await hasty.close();
});

describe('R9: what the registry knows of instances holds for calls', () => {
  it('their IDs, which nobody else gets when some have left', async () => {
    const servers = await rig.start('a', 'b', 'c');
    for (const server of servers) await register(server);
    const { client, connected } = await clientOfRegistry();
    const ids = () => client.instances().map(({ instance }) => instance.id);
    expect(ids()).toEqual(['a', 'b', 'c']);
    await registry.registry.unregister('b');
    const [late] = await rig.start('d');
    if (late === undefined) return;
    await register(late);
    await waitFor('that it is known', () => ids().join() === 'a,c,d');

    for (let nth = 0; nth < 6; nth += 1) {
      const { instance, response } = await client.call('Hello', { name: 'x' });
      expect(instance.id).toBe(response['by']);
    }
    expect(late.greeted).toHaveLength(2);
    await connected.close();
  });

  it('their weights, also when they change', async () => {
    const servers = await rig.start('a', 'b', 'c');
    const [a, b, c] = servers;
    if (a === undefined || b === undefined || c === undefined) return;
    await register(a, { weight: 30 });
    await register(b, { weight: 10 });
    await register(c, { weight: 0 });
    const { client, connected } = await clientOfRegistry({ Balancer: 'weighted' });
    const counts = () => servers.map(({ greeted }) => greeted.length);
    for (let nth = 0; nth < 40; nth += 1) await client.call('Hello', { name: 'x' });
    expect(counts()).toEqual([30, 10, 0]);

    await register(a, { weight: 0 });
    await register(c, { weight: 10 });
    const weights = () => client.instances().map(({ instance }) => instance.weight);
    await waitFor('the new weights', () => weights().join() === '0,10,10');
    for (let nth = 0; nth < 40; nth += 1) await client.call('Hello', { name: 'x' });
    expect(counts()).toEqual([30, 30, 20]);
    await connected.close();
  });

  it('their zones and metadata, of which a client may choose', async () => {
    const servers = await rig.start('a', 'b', 'c');
    const [a, b, c] = servers;
    if (a === undefined || b === undefined || c === undefined) return;
    await register(a, { metadata: { version: '1' } });
    await register(b, { metadata: { version: '2', lang: 'en' }, zone: 'far' });
    await register(c, { metadata: { version: '2' }, zone: 'near' });
    const config = { Balancer: 'zone_first', Zone: 'near' } as const;
    const { client, connected } = await clientOfRegistry(config, { version: '2' });
    const known = client.instances().map(({ instance }) => instance);
    expect(known).toMatchObject([
      { id: 'b', metadata: { version: '2', lang: 'en' }, zone: 'far' },
      { id: 'c', metadata: { version: '2' }, zone: 'near' },
    ]);
    for (let nth = 0; nth < 10; nth += 1) {
      const { instance } = await client.call('Hello', { name: 'x' });
      expect(instance).toMatchObject({ id: 'c', metadata: { version: '2' } });
    }
    await connected.close();
  });
});

it.each([
  { share: 0.1, calls: [10, 90] },
  { share: 0.5, calls: [50, 50] },
  { share: 0.7, calls: [70, 30] },
])(
  'R15: of two groups, one gets a share of $share of the calls, at its own ports',
  async ({ share, calls }) => {
    const servers = await rig.start('a', 'b');
    const weights = [Math.round(100 * share), Math.round(100 * (1 - share))];
    for (const [nth, server] of servers.entries()) {
      await register(server, { weight: weights[nth] ?? 0 });
    }
    const { client, connected } = await clientOfRegistry({ Balancer: 'weighted' });
    for (let nth = 0; nth < 100; nth += 1) await client.call('Hello', { name: 'x' });

    expect(servers.map(({ greeted }) => greeted.length)).toEqual(calls);
    const addresses = client.instances().map(({ instance }) => instance.address);
    expect(addresses).toEqual(servers.map(({ address }) => address));
    await connected.close();
  },
);
