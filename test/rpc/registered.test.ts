import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectRegistry } from '../../shared/registry/client/connect-registry.ts';
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

async function register({ id, address }: GreetServer): Promise<void> {
  await registry.registry.register({ id, name: SERVICE, address });
}

async function clientOfRegistry() {
  const connected = connectRegistry({ urls: [registry.url] });
  const discovery = registryDiscovery({
    registry: connected,
    service: SERVICE,
    file: join(dir, 'known.json'),
  });
  const client = await rig.client({}, { discovery });
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
