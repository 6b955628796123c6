import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { lookAt } from '../../shared/registry/look-at.ts';
import { HttpClientRig } from '../support/http-client-rig.ts';
import { waitFor } from '../support/wait-for.ts';
import { eventsOf, idsOf, instance, LEASE_MS, RegistryRig, RUN_MS, registerMany } from './rig.ts';

const UNPROTECTED = { protection: { share: 1, shareOfRun: 1 } };
const CHECK = { type: 'tcp', interval_ms: 10_000, failures: 2, successes: 2 } as const;

describe('what looks after a registry', () => {
  let rig: RegistryRig;

  beforeEach(() => {
    rig = new RegistryRig();
  });

  afterEach(() => rig.close());

  it('expires who does not renew, within a run after its lease, and nobody else', async () => {
    const registry = await rig.tended();
    await rig.pass(LEASE_MS);
    await registry.register(instance('web-1'));
    await registry.register(instance('web-2'));
    await rig.passRenewing(registry, ['web-2'], LEASE_MS - 1);
    expect(idsOf(await registry.discover('web'))).toEqual(['web-1', 'web-2']);
    await rig.passRenewing(registry, ['web-2'], RUN_MS + 1);

    expect(idsOf(await registry.discover('web'))).toEqual(['web-2']);
    expect(await registry.history('web-1')).toMatchObject([
      { event: 'expired', reason: 'no renewal for 30 s', actor: '' },
      { event: 'registered' },
    ]);
    expect(await registry.getService('web-1')).toMatchObject({
      ...{ status: 'inactive', last_renew_time: '2024-01-01T00:00:30.000Z' },
    });
    await registry.renew('web-1');
    expect(await eventsOf(registry, 'web-1')).toEqual(['registered', 'expired', 'revived']);
  });

  it('lets all have the time of a lease at the beginning of its turn', async () => {
    const registry = rig.open();
    await registry.register(instance('web-1'));
    await rig.pass(10 * LEASE_MS);
    rig.run(rig.warden(registry));
    await rig.pass(LEASE_MS - 250);
    expect(idsOf(await registry.discover('web'))).toEqual(['web-1']);
    await rig.pass(RUN_MS);

    expect(await registry.discover('web')).toEqual([]);
  });

  it('is one of many, and another one when that is gone', async () => {
    const [first, second] = [rig.open(), rig.open()];
    const [a, b] = [rig.warden(first, { owner: 'a' }), rig.warden(second, { owner: 'b' })];
    await a.runOnce();
    await b.runOnce();
    const owners = async () =>
      Promise.all(
        [first, second].map(async ({ metrics }) => (await metrics.owner.get()).values[0]?.value),
      );
    expect(await owners()).toEqual([1, 0]);
    await rig.pass(4 * RUN_MS);
    await b.runOnce();
    await a.runOnce();

    expect(await owners()).toEqual([0, 1]);
  });

  it('changes nothing with the epoch of a turn that is over', async () => {
    const registry = rig.open();
    await registry.register(instance('web-1'));
    const epoch = (await rig.store.own('a', RUN_MS)) ?? 0;
    await rig.pass(LEASE_MS);
    expect(await rig.store.own('b', RUN_MS)).toBeGreaterThan(epoch);
    const { isChanged } = await registry.writer.change('web-1', () => ({
      ...{ to: null, lease: 'end', fence: { epoch, isOverdue: true } },
    }));

    expect(isChanged).toBe(false);
    expect(idsOf(await registry.discover('web'))).toEqual(['web-1']);
  });

  it('expires nobody while the renewals of many are missing, and few a run after that', async () => {
    const registry = await rig.tended({ protection: { mostMs: 120_000 } });
    const log: string[] = [];
    const told = (...said: readonly unknown[]) => void log.push(String(said[1]));
    registry.log.current = { info: told, warn: told, error: told };
    await registerMany(registry, 100);
    const up = async () => (await registry.discover('web')).length;
    await rig.pass(LEASE_MS + 2 * RUN_MS);
    expect(await up()).toBe(100);
    expect((await registry.metrics.protection.get()).values[0]?.value).toBe(1);
    await rig.pass(120_000);
    const after = await up();
    expect(after).toBeLessThan(100);
    expect(after).toBeGreaterThanOrEqual(50);
    await rig.pass(20 * RUN_MS);

    expect(await up()).toBe(0);
    expect(log).toEqual([
      expect.stringContaining('100 of 100 leases have ended at once'),
      'instances expire again',
    ]);
  });

  it('does not count the time for which it protected in an earlier turn', async () => {
    const registry = rig.open();
    const ids = await registerMany(registry, 100);
    const warden = rig.warden(registry);
    const runFor = async (ms: number) => {
      for (let leftMs = ms; leftMs > 0; leftMs -= RUN_MS) {
        await warden.runOnce();
        await rig.pass(RUN_MS);
      }
    };
    await runFor(LEASE_MS + 2 * RUN_MS);
    await rig.pass(16 * 60_000);
    await registry.renewAll(ids);
    await runFor(LEASE_MS + 3 * RUN_MS);
    expect(await registry.discover('web')).toHaveLength(100);
    await registry.renewAll(ids.slice(1));
    await warden.runOnce();

    expect(await registry.discover('web')).toHaveLength(99);
  });

  it('removes who has been offline too long, but for those that an operator holds', async () => {
    const registry = await rig.tended({ retentionMs: 60_000 });
    for (const id of ['web-1', 'web-2', 'web-3']) await registry.register(instance(id));
    await registry.override('web-2', { status: 'maintenance', reason: 'disk' }, 'ann');
    await registry.offline('web-1');
    await registry.offline('web-2');
    await rig.passRenewing(registry, ['web-3'], 59_000);
    expect(await registry.all('web')).toHaveLength(3);
    await rig.passRenewing(registry, ['web-3'], 1_000 + RUN_MS);

    expect(idsOf(await registry.all('web'))).toEqual(['web-2', 'web-3']);
    await registry.endOverride('web-2', 'ann');
    await rig.passRenewing(registry, ['web-3'], 2 * RUN_MS);
    expect(idsOf(await registry.all('web'))).toEqual(['web-3']);
  });

  it('keeps who is offline where no retention says otherwise', async () => {
    const registry = await rig.tended();
    await registry.register(instance('web-1'));
    await registry.offline('web-1');
    rig.clock.jumpWall(365 * 86_400_000);
    await rig.pass(3 * RUN_MS);

    expect(await registry.all('web')).toHaveLength(1);
  });

  describe('checks', () => {
    it('count when so many in a row say the same, and end with the instance', async () => {
      const answers = ['refused', null, 'refused', 'refused', null, null];
      let looks = 0;
      const registry = await rig.tended({}, async () => answers[looks++] ?? null);
      await registry.register(instance('web-1', { check: CHECK }));
      const statuses: string[] = [];
      while (statuses.length < answers.length) {
        await rig.passRenewing(registry, ['web-1'], 10_000);
        statuses.push((await registry.getService('web-1')).status);
      }

      expect(statuses).toEqual([
        ...['active', 'active', 'active', 'inactive', 'inactive', 'active'],
      ]);
      expect(await registry.history('web-1')).toMatchObject([
        { event: 'check passed' },
        { event: 'check failed', reason: 'refused' },
        { event: 'registered' },
      ]);
      await registry.unregister('web-1');
      await rig.pass(RUN_MS);
      const before = looks;
      await rig.pass(60_000);
      expect(looks).toBe(before);
    });

    it('come in the time that they ask for, also of very many instances', async () => {
      const looked = new Map<string, number>();
      const registry = await rig.tended(UNPROTECTED, async (address) => {
        looked.set(address, (looked.get(address) ?? 0) + 1);
        return null;
      });
      const check = { ...CHECK, interval_ms: 1_000 };
      const ids = Array.from({ length: 300 }, (_, nth) => `web-${nth}`);
      await Promise.all(
        ids.map((id, nth) => registry.register(instance(id, { check, address: `a:${nth + 1}` }))),
      );
      await rig.pass(RUN_MS);
      looked.clear();
      await rig.pass(10_000);

      expect(looked.size).toBe(300);
      for (const times of looked.values()) expect(times).toBeGreaterThanOrEqual(8);
    });

    it('say nothing of an instance that is at another place meanwhile', async () => {
      const looking = Promise.withResolvers<string>();
      let looks = 0;
      const registry = await rig.tended({}, () => {
        looks += 1;
        return looks === 1 ? looking.promise : Promise.resolve(null);
      });
      const check = { ...CHECK, failures: 1 };
      await registry.register(instance('web-1', { check }));
      await rig.pass(RUN_MS);
      expect(looks).toBe(1);
      await registry.register(instance('web-1', { check, address: 'b:80' }));
      await rig.pass(1_000);
      looking.resolve('refused');
      await rig.pass(RUN_MS);

      expect((await registry.getService('web-1')).status).toBe('active');
      expect(await eventsOf(registry, 'web-1')).not.toContain('check failed');
    });

    it('look at real servers', async () => {
      const servers = new HttpClientRig(createPoolClient);
      const http = createPoolClient({ userAgent: 'logkit-fleet/test' });
      const look = lookAt(http);
      const { signal } = new AbortController();
      const url = await servers.serve((request, response) => {
        response.statusCode = request.url === '/health' ? 204 : 503;
        if (request.url !== '/silent') response.end();
      });
      const address = url.slice('http://'.length);
      const closed = createServer();
      const closedPort = await servers.listen(closed);
      closed.close();
      await waitFor('the server to be closed', () => !closed.listening);
      const base = { type: 'http', path: '/health', failures: 1, successes: 1 } as const;
      const check = { ...base, intervalMs: 1_000, timeoutMs: 5_000 };
      const tcp = { ...check, type: 'tcp' } as const;

      expect(await look(address, check, signal)).toBeNull();
      expect(await look(address, tcp, signal)).toBeNull();
      expect(await look(address, { ...check, path: '/x' }, signal)).toBe(
        `http check: ${url}/x answers 503`,
      );
      const silent = { ...check, path: '/silent', timeoutMs: 50 };
      expect(await look(address, silent, signal)).toMatch(/^http check: /);
      expect(await look(`127.0.0.1:${closedPort}`, tcp, signal)).toMatch(
        /^tcp check: .*ECONNREFUSED/,
      );
      await http.close();
      await servers.client.close();
    });
  });
});
