import { expect, it } from 'vitest';
import { ExampleProcess } from '../support/example-process.ts';
import { RegistryServer } from '../support/registry-server.ts';

it('the example of a registry: what registers is called, and is gone when it was stopped', async () => {
  await using registry = await RegistryServer.start();
  const env = { REGISTRY_URLS: registry.url };
  const server = new ExampleProcess('registry/server.ts', env);
  await server.says('registered as');
  const client = new ExampleProcess('registry/main.ts', env);
  await client.says(/hello from \d+/);
  expect(await server.stop()).toBe(0);
  await client.says('there is none now');

  expect(await client.stop()).toBe(0);
  expect(await registry.registry.listServices()).toEqual([]);
});
