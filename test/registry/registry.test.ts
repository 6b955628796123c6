import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  eventsOf,
  idsOf,
  instance,
  LEASE_MS,
  RegistryRig,
  RUN_MS,
  registerMany,
  storeWith,
} from './rig.ts';

describe('a registry', () => {
  let rig: RegistryRig;

  beforeEach(() => {
    rig = new RegistryRig();
  });

  afterEach(() => rig.close());

  describe('registers', () => {
    it('and gives the instance as everybody sees it', async () => {
      const registry = rig.open();
      const { id } = await registry.register({ name: 'web', address: '[::1]:80' });

      expect(await registry.getService(id)).toMatchObject({
        ...{ id, name: 'web', address: '[::1]:80', protocol: 'http', env: 'all', weight: 100 },
        ...{ status: 'active', incarnation: 1, offline_time: '0001-01-01T00:00:00Z' },
        ...{ register_time: '2024-01-01T00:00:00.000Z', start_time: '2024-01-01T00:00:00.000Z' },
      });
      expect(idsOf(await registry.discover('web'))).toEqual([id]);
      expect(await registry.listServices()).toEqual(['web']);
    });

    it('the same instance under the same ID, and others under others', async () => {
      const registry = rig.open();
      const one = { name: 'web', address: 'a:80' };
      const first = await registry.register(one);

      expect((await registry.register({ ...one, env: '' })).id).toBe(first.id);
      for (const other of [{ env: 'dev' }, { address: 'a:81' }, { name: 'web2' }]) {
        expect((await registry.register({ ...one, ...other })).id).not.toBe(first.id);
      }
      expect(first.id).toMatch(/^web-[0-9a-f-]{36}$/);
    });

    it('again: the time of the first registration stays, and starts are counted', async () => {
      const registry = rig.open();
      await registry.register(instance('web-1'));
      await rig.pass(5_000);
      const again = await registry.register(instance('web-1', { address: 'b:80' }));

      expect(again).toMatchObject({ address: 'b:80', incarnation: 2 });
      expect(again.register_time).toBe('2024-01-01T00:00:00.000Z');
      expect(again.last_renew_time).toBe('2024-01-01T00:00:05.000Z');
      expect(await eventsOf(registry, 'web-1')).toEqual(['registered', 're-registered']);
    });

    it('no ID of another service', async () => {
      const registry = rig.open();
      await registry.register(instance('web-1'));

      await expect(registry.register(instance('web-1', { name: 'api' }))).rejects.toMatchObject({
        code: 'INVALID_INSTANCE',
        message: 'id: web-1 is an instance of web; choose another one',
      });
    });

    it('whoever is first, where many do so at once', async () => {
      const registries = [rig.open(), rig.open(), rig.open()];
      const shown = await Promise.all(
        registries.map((registry) => registry.register(instance('web-1'))),
      );

      expect(shown.map(({ incarnation }) => incarnation).toSorted()).toEqual([1, 2, 3]);
      expect(new Set(shown.map(({ revision }) => revision)).size).toBe(3);
    });

    it('nothing that is wrong, and says what', async () => {
      const registry = rig.open();

      await expect(
        registry.register({ name: 'a/b', address: 'x', weight: 2_000 }),
      ).rejects.toMatchObject({
        code: 'INVALID_INSTANCE',
        kind: 'invalid',
        message: expect.stringMatching(/^name: .*; address: .*; weight: /),
      });
    });
  });

  describe('lets instances go', () => {
    it('for good when they are unregistered', async () => {
      const registry = rig.open();
      await registry.register(instance('web-1'));
      await registry.unregister('web-1');

      for (const ask of [registry.getService('web-1'), registry.unregister('web-1')]) {
        await expect(ask).rejects.toMatchObject({
          ...{ code: 'SERVICE_NOT_FOUND', kind: 'not_found', message: 'service not found' },
        });
      }
      expect(await registry.listServices()).toEqual([]);
    });

    it('offline, once, and only a registration brings them back', async () => {
      const registry = rig.open();
      await registry.register(instance('web-1'));
      const gone = await registry.offline('web-1', { actor: 'ann', reason: 'disk' });
      await rig.pass(1_000);
      expect(await registry.offline('web-1')).toEqual(gone);
      await registry.renew('web-1');
      await registry.renewAll(['web-1']);

      expect(await registry.getService('web-1')).toMatchObject({ status: 'inactive' });
      expect(await registry.discover('web')).toEqual([]);
      expect((await registry.register(instance('web-1'))).status).toBe('active');
      expect(await registry.history('web-1')).toMatchObject([
        { event: 're-registered' },
        { event: 'offline', actor: 'ann', reason: 'disk' },
        { event: 'registered' },
      ]);
    });

    it('and knows when they were renewed last', async () => {
      const registry = rig.open();
      await registry.register(instance('web-1'));
      await rig.pass(4_000);
      await registry.renew('web-1');
      await rig.pass(3_000);

      expect(await registry.offline('web-1')).toMatchObject({
        ...{ last_renew_time: '2024-01-01T00:00:04.000Z' },
        ...{ offline_time: '2024-01-01T00:00:07.000Z' },
      });
    });
  });

  describe('renews', () => {
    it('many at once, and tells of each what came of it', async () => {
      const registry = rig.open();
      await registerMany(registry, 3);
      await registry.offline('web-0001');

      expect(await registry.renewAll(['web-0000', 'web-0001', 'nobody', 'web-0002'])).toEqual({
        ...{ renewed: ['web-0000', 'web-0002'], offline: ['web-0001'], unknown: ['nobody'] },
      });
      await expect(registry.renew('nobody')).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND' });
    });

    it('no more than ten thousand together', async () => {
      const ids = Array.from({ length: 10_001 }, (_, nth) => `web-${nth}`);

      await expect(rig.open().renewAll(ids)).rejects.toThrow('10001 renewals are too many');
    });

    it('without a word to those who watch, and without a new revision', async () => {
      const registry = rig.open();
      const { revision } = await registry.register(instance('web-1'));
      for (let nth = 0; nth < 10; nth += 1) await registry.renew('web-1');

      expect((await registry.getService('web-1')).revision).toBe(revision);
      expect(await rig.store.revision()).toBe(revision);
    });

    it('with one question to the store for all that come together', async () => {
      const asked: number[] = [];
      const store = storeWith(rig.store, {
        renew: (ids, ttlMs) => {
          asked.push(ids.length);
          return rig.store.renew(ids, ttlMs);
        },
        list: () => Promise.reject(new Error('a renewal reads no list')),
      });
      const registry = rig.open({}, store);
      const ids = await registerMany(registry, 300);
      await Promise.all(ids.map((id) => registry.renew(id)));

      expect(asked).toEqual([300]);
    });

    it('with few questions those whose leases have all run out', async () => {
      const tended = await rig.tended({ protection: { share: 1, shareOfRun: 1 } });
      const ids = await registerMany(tended, 300);
      await rig.pass(2 * LEASE_MS + RUN_MS);
      expect(await tended.discover('web')).toEqual([]);
      const asked: number[] = [];
      const store = storeWith(rig.store, {
        find: (some) => {
          asked.push(some.length);
          return rig.store.find(some);
        },
      });
      const report = await rig.open({}, store).renewAll(ids);

      expect(report.renewed).toHaveLength(300);
      expect(asked.length).toBeLessThanOrEqual(3);
      expect(await tended.discover('web')).toHaveLength(300);
    });

    it('for ever where instances need not renew', async () => {
      const registry = await rig.tended({ keepAlive: false });
      await registry.register(instance('web-1'));
      await rig.pass(10 * LEASE_MS);

      expect(idsOf(await registry.discover('web'))).toEqual(['web-1']);
    });
  });

  describe('holds instances out', () => {
    const HELD = { status: 'maintenance', reason: 'disk' } as const;

    it('whatever they say, until that is taken back', async () => {
      const registry = await rig.tended();
      await registry.register(instance('web-1'));
      await registry.override('web-1', HELD, 'ann');
      await rig.passRenewing(registry, ['web-1'], 2 * LEASE_MS);
      await registry.register(instance('web-1'));

      expect(await registry.getService('web-1')).toMatchObject({
        status: 'maintenance',
        override: { ...HELD, actor: 'ann', since: '2024-01-01T00:00:00.000Z' },
      });
      expect(await registry.discover('web')).toEqual([]);
      expect((await registry.endOverride('web-1', 'bob')).status).toBe('active');
      expect(await eventsOf(registry, 'web-1')).toEqual([
        ...['registered', 'override set', 're-registered', 'override ended'],
      ]);
    });

    it('also while they expire and come back', async () => {
      const registry = await rig.tended();
      await registry.register(instance('web-1'));
      await registry.override('web-1', { status: 'offline' }, 'ann');
      await rig.pass(2 * LEASE_MS + RUN_MS);
      expect(await eventsOf(registry, 'web-1')).toContain('expired');
      await registry.renew('web-1');

      expect((await registry.getService('web-1')).status).toBe('inactive');
      expect((await registry.endOverride('web-1', 'ann')).status).toBe('active');
    });

    it('until its time is over, which is told to those who watch', async () => {
      const registry = await rig.tended();
      await registry.register(instance('web-1'));
      await registry.override('web-1', { ...HELD, until: '2024-01-01T00:00:40Z' }, 'ann');
      const watcher = await registry.watch('web');
      expect(await watcher.next()).toMatchObject([{ status: 'maintenance' }]);
      const next = watcher.next();
      await rig.passRenewing(registry, ['web-1'], 39_000);
      expect(await registry.discover('web')).toEqual([]);
      await rig.passRenewing(registry, ['web-1'], 1_000 + RUN_MS);

      expect(await next).toMatchObject([{ status: 'active' }]);
      expect(await registry.history('web-1')).toMatchObject([
        { event: 'override ended', actor: '', reason: 'its time is over' },
        { event: 'override set', actor: 'ann', reason: 'maintenance: disk' },
        { event: 'registered' },
      ]);
      watcher.stop();
    });

    it('with a time that is to come only', async () => {
      const registry = rig.open();
      await registry.register(instance('web-1'));

      await expect(
        registry.override('web-1', { ...HELD, until: '2023-12-31T00:00:00Z' }, 'ann'),
      ).rejects.toThrow('until: is over already');
      await expect(registry.override('nobody', HELD, 'ann')).rejects.toMatchObject({
        code: 'SERVICE_NOT_FOUND',
      });
      expect((await registry.endOverride('web-1', 'ann')).revision).toBe(
        (await registry.getService('web-1')).revision,
      );
    });
  });

  describe('finds', () => {
    it('instances in the order of their IDs, page by page', async () => {
      const registry = rig.open();
      const ids = await registerMany(registry, 25);
      await registry.offline('web-0003');
      const seen: string[] = [];
      for (let after = ''; ; ) {
        const page = idsOf(await registry.discover('web', { after, limit: 10 }));
        seen.push(...page);
        if (page.length < 10) break;
        after = page.at(-1) ?? '';
      }

      expect(seen).toEqual(ids.filter((id) => id !== 'web-0003'));
      expect(await registry.discover('web', { limit: 0 })).toEqual([]);
    });

    it('all of them by any status, over more than a page of the store', async () => {
      const registry = rig.open();
      await registerMany(registry, 1_001);
      await registry.offline('web-0500');

      expect(await registry.discover('web')).toHaveLength(1_000);
      expect(await registry.discover('web', { status: 'any' })).toHaveLength(1_001);
      expect(await registry.all(null)).toHaveLength(1_001);
    });

    it('nothing of a service that nobody knows, and refuses words that are none', async () => {
      const registry = rig.open();

      expect(await registry.discover('nobody')).toEqual([]);
      await expect(registry.discover('web', { status: 'gone' })).rejects.toMatchObject({
        code: 'INVALID_INSTANCE',
      });
    });
  });

  it('refuses options that cannot be', () => {
    for (const [options, why] of [
      [{ prefix: '' }, 'prefix: prefix cannot be empty'],
      [{ leaseTtlSeconds: 0 }, 'leaseTtlSeconds: lease TTL must be positive'],
      [{ renewIntervalMs: 0 }, 'renewIntervalMs: renew interval must be positive'],
      [{ leaseTtlSeconds: 5, renewIntervalMs: 5_000 }, 'renew interval must be less than'],
      [{ retryTimes: -1 }, 'retryTimes: retry times cannot be negative'],
      [{ retryDelayMs: -1 }, 'retryDelayMs: retry delay cannot be negative'],
    ] as const) {
      expect(() => rig.open(options)).toThrow(why);
    }
  });

  it('counts what is done to instances, and what came of renewals', async () => {
    const registry = await rig.tended();
    await registry.register(instance('web-1'));
    await registry.renewAll(['web-1', 'nobody']);
    await registry.unregister('web-1');
    const values = await registry.metrics.events.get();
    const renewals = await registry.metrics.renewals.get();

    expect(values.values).toMatchObject([
      { labels: { event: 'registered' }, value: 1 },
      { labels: { event: 'removed' }, value: 1 },
    ]);
    expect(renewals.values).toMatchObject([
      { labels: { outcome: 'renewed' }, value: 1 },
      { labels: { outcome: 'unknown' }, value: 1 },
    ]);
  });
});
