import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RegistryServer } from '../support/registry-server.ts';
import { waitFor } from '../support/wait-for.ts';

const FOLDER = join(import.meta.dirname, '../../examples/registry');

function start(file: string, url: string) {
  const child = spawn(process.execPath, [join(FOLDER, file)], {
    env: { ...process.env, REGISTRY_URLS: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const run = { output: '', end };
  child.stdout.on('data', (chunk: Buffer) => {
    run.output += chunk.toString();
  });
  async function end(): Promise<unknown> {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    return (await ended)[0];
  }
  return run;
}

it('the example of a registry: what registers is called, and is gone when it was stopped', async () => {
  await using registry = await RegistryServer.start();
  const server = start('server.ts', registry.url);
  await waitFor('that it is registered', () => server.output.includes('registered as'));
  const client = start('main.ts', registry.url);
  await waitFor('an answer', () => /hello from \d+/.test(client.output));
  expect(await server.end()).toBe(0);
  await waitFor('that it is gone', () => client.output.includes('there is none now'));

  expect(await client.end()).toBe(0);
  expect(await registry.registry.listServices()).toEqual([]);
});
