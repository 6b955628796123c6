import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HttpClient } from '../shared/client/http-client.ts';
import { createPoolClient } from '../shared/client/pool-client.ts';
import { systemClock } from '../shared/kernel/clock.ts';
import type { Json } from '../test/support/fleet-process.ts';
import { RegistryRig } from '../test/support/registry-rig.ts';
import { RegistryServer } from '../test/support/registry-server.ts';
import { waitFor } from '../test/support/wait-for.ts';
import { MasterDiscovery, type MasterDiscoveryDeps } from './master-discovery.ts';

const SERVICE = 'logkit-master';

let dir: string;
let http: HttpClient;
let logged: Json[];
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'master-discovery-'));
  http = createPoolClient({ userAgent: 'test' });
  logged = [];
  stops = [];
});

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  await http.close();
  await rm(dir, { recursive: true });
});

async function discover(
  url: string,
  config: Partial<MasterDiscoveryDeps['config']> = {},
  fixed: readonly string[] = [],
) {
  const given = { urls: [url], client_id: '', client_secret: '', enrol_token: '' };
  const discovery = await MasterDiscovery.open({
    config: { ...given, service: SERVICE, ...config },
    ...{ fixed, dir, http, name: 'agent-1', clientOptions: { userAgent: 'test' } },
    ...{ clock: systemClock, random: { next: () => 0 } },
    log: pino({}, { write: (line: string) => logged.push(JSON.parse(line)) }),
  });
  const before = discovery.urls;
  const stopping = new AbortController();
  const running = discovery.run(stopping.signal);
  const stop = async () => {
    stopping.abort();
    await running;
  };
  stops.push(stop);
  return { discovery, before, stop };
}

const master = (port: number, protocol = 'http') => ({
  ...{ id: `m${port}`, name: SERVICE, address: `10.0.0.1:${port}`, protocol },
});

describe('masters that are looked for in the registry', () => {
  it('are the healthy ones, as they come and go, beside those that are fixed', async () => {
    await using server = await RegistryServer.start();
    await server.registry.register(master(1));
    await server.registry.register(master(2, 'https'));
    const { discovery } = await discover(server.url, {}, ['http://fixed:1']);
    const urls = (expected: string) => waitFor(expected, () => discovery.urls.join() === expected);
    await urls('http://fixed:1,http://10.0.0.1:1,https://10.0.0.1:2');
    const changed = discovery.changed(new AbortController().signal);
    await server.registry.offline('m1');
    await changed;
    await urls('http://fixed:1,https://10.0.0.1:2');
    await server.registry.register(master(3));

    await urls('http://fixed:1,http://10.0.0.1:3,https://10.0.0.1:2');
  });

  it('stay known while the registry is away, or knows none any more, also over a restart', async () => {
    await using server = await RegistryServer.start();
    await server.registry.register(master(1));
    const first = await discover(server.url);
    await waitFor('the master', () => first.discovery.urls.length === 1);
    await server.registry.unregister('m1');
    await waitFor(
      'that it is told',
      () => server.asked.filter((asked) => asked.includes('revision=')).length > 1,
    );
    expect(first.discovery.urls).toEqual(['http://10.0.0.1:1']);
    await first.stop();
    await server.stop();

    const second = await discover(server.url);
    expect(second.before).toEqual(['http://10.0.0.1:1']);
    await second.stop();
  });

  it('are asked for as a client that the agent becomes once', async () => {
    await using rig = await RegistryRig.start();
    const { body } = await rig.auth.call('POST', '/auth/enrolments', {
      ...{ token: rig.admin, body: { services: ['logkit-agent'], uses: 1, minutes: 5 } },
    });
    const enrol_token = body.data.token;
    await rig.registry.register(master(1));
    const first = await discover(rig.url, { enrol_token });
    await waitFor('the master', () => first.discovery.urls.length === 1);
    expect((await stat(join(dir, 'client.json'))).mode & 0o777).toBe(0o600);
    expect(await first.discovery.tokens.current()).toContain('.');
    await first.stop();

    await rig.registry.register(master(2));
    const second = await discover(rig.url, { enrol_token });
    await waitFor('both masters', () => second.discovery.urls.length === 2);
    const { body: clients } = await rig.auth.call('GET', '/auth/clients', { token: rig.admin });
    expect(clients.data).toMatchObject([{ name: 'agent-1', services: ['logkit-agent'] }]);
    await second.stop();
  });

  it('are looked for until they are found; a token that is refused is told in the log', async () => {
    await using rig = await RegistryRig.start();
    const { stop, discovery } = await discover(rig.url, { enrol_token: 'none' });
    await waitFor('the line', () => logged.length > 0);

    expect(logged).toMatchObject([{ msg: 'this agent cannot be enrolled; it is tried on' }]);
    expect(discovery.urls).toEqual([]);
    expect(await discovery.tokens.current()).toBeNull();
    await stop();
  });
});
