import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../shared/kernel/errors.ts';
import { hasRegistryCode } from '../../shared/registry/registry-error.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import {
  eventsOf,
  failing,
  idsOf,
  instance,
  LEASE_MS,
  RegistryRig,
  RUN_MS,
  registerMany,
  storeWith,
} from './rig.ts';

const NEVER = new AbortController().signal;

describe('what the original does wrong', () => {
  let rig: RegistryRig;

  beforeEach(() => {
    rig = new RegistryRig();
  });

  afterEach(() => rig.close());

  /** The store, and which of its calls were made. */
  function watchedStore(): { store: RegistryStore; calls: string[] } {
    const calls: string[] = [];
    const store = storeWith(rig.store, {
      find: (ids) => {
        calls.push(`find ${ids.length}`);
        return rig.store.find(ids);
      },
      list: () => Promise.reject(new Error('nothing lists for one instance')),
      renew: (ids, ttlMs) => {
        calls.push(`renew ${ids.length}`);
        return rig.store.renew(ids, ttlMs);
      },
      write: (changes) => {
        calls.push(`write ${changes.length}`);
        return rig.store.write(changes);
      },
    });
    return { store, calls };
  }

  it('V1: an ID is that one, and not a part of others or of the name of a service', async () => {
    const registry = rig.open();
    await registry.register(instance('web-1'));
    await registry.register(instance('web-10'));
    await registry.register(instance('x', { name: 'web-1-admin' }));
    await registry.renew('web-1');
    await registry.offline('web-1');
    await registry.unregister('web-1');

    expect(idsOf(await registry.all(null))).toEqual(['web-10', 'x']);
    expect(idsOf(await registry.discover('web'))).toEqual(['web-10']);
    await expect(registry.getService('web-')).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND' });
  });

  it('V2: who registers twice without an environment is one instance', async () => {
    const registry = rig.open();
    const first = await registry.register({ name: 'web', address: 'a:80' });
    const second = await registry.register({ name: 'web', address: 'a:80', env: '' });
    await registry.register({ name: 'web', address: 'a:80', env: 'all' });

    expect(second.id).toBe(first.id);
    expect(await registry.all('web')).toHaveLength(1);
  });

  it('V3: who is told that a service is not found, by text or by code, can register again', async () => {
    const registry = rig.open();
    const thrown: unknown = await registry.renew('web-1').catch((error: unknown) => error);

    expect(thrown).toMatchObject({ message: 'service not found' });
    expect(hasRegistryCode(thrown, 'SERVICE_NOT_FOUND')).toBe(true);
    expect(String(thrown)).toBe('[SERVICE_NOT_FOUND] service not found');
    await registry.register(instance('web-1'));
    await expect(registry.renew('web-1')).resolves.toBeUndefined();
  });

  it('V4: who registers again after an outage is not expired at once', async () => {
    const registry = await rig.tended();
    await registry.register(instance('web-1'));
    await rig.pass(3 * LEASE_MS);
    expect(await registry.discover('web')).toEqual([]);
    await registry.register(instance('web-1'));
    await rig.pass(LEASE_MS - RUN_MS);

    expect(idsOf(await registry.discover('web'))).toEqual(['web-1']);
    expect((await registry.getService('web-1')).last_renew_time).not.toBe(
      (await registry.getService('web-1')).register_time,
    );
  });

  it('V5: a renewal does not take back what an operator has said', async () => {
    const registry = await rig.tended();
    for (const id of ['web-1', 'web-2', 'web-3']) await registry.register(instance(id));
    await registry.offline('web-1');
    await registry.override('web-2', { status: 'offline' }, 'ann');
    await registry.override('web-3', { status: 'maintenance' }, 'ann');
    await rig.passRenewing(registry, ['web-1', 'web-2', 'web-3'], 3 * LEASE_MS);

    expect(await registry.discover('web')).toEqual([]);
  });

  it('V6: services whose names begin alike have nothing to do with each other', async () => {
    const registry = rig.open();
    await registry.register(instance('a', { name: 'registry' }));
    await registry.register(instance('b', { name: 'registry-other' }));

    expect(idsOf(await registry.all('registry'))).toEqual(['a']);
    expect(idsOf(await registry.discover('registry-other'))).toEqual(['b']);
    const watcher = await registry.watch('registry');
    await watcher.next();
    const next = watcher.next();
    await registry.offline('b');
    await registry.offline('a');
    await rig.pass(250);
    expect(idsOf(await next)).toEqual(['a']);
    watcher.stop();
  });

  it.each([10, 2_000])('V7: a renewal costs the same among %i instances', async (count) => {
    const [id = ''] = await registerMany(rig.open(), count);
    const { store, calls } = watchedStore();
    const registry = rig.open({}, store);
    await registry.renew(id);
    expect(calls).toEqual(['renew 1']);
    await registry.getService(id);
    await registry.offline(id);
    await registry.unregister(id);

    expect(calls).toEqual(['renew 1', 'find 1', 'find 1', 'write 1', 'find 1', 'write 1']);
  });

  it('V8: nobody is told that an instance is gone which never was there', async () => {
    await expect(rig.open().unregister('nobody')).rejects.toMatchObject({
      code: 'SERVICE_NOT_FOUND',
    });
  });

  it.each(['a/b', '../x', '..', '', 'a\0b', 'ä'])('V9: %o is no name, and no ID', async (text) => {
    const registry = rig.open();

    await expect(registry.register({ name: text, address: 'a:80' })).rejects.toMatchObject({
      code: 'INVALID_INSTANCE',
    });
    if (text !== '') {
      await expect(registry.register(instance(text))).rejects.toMatchObject({
        code: 'INVALID_INSTANCE',
      });
    }
    expect(await registry.listServices()).toEqual([]);
  });

  it('R1: who renews just before it is expired stays up, and a renewal brings nothing back', async () => {
    let renewing: (() => Promise<void>) | null = null;
    const store = storeWith(rig.store, {
      overdue: async (limit) => {
        const overdue = await rig.store.overdue(limit);
        if (overdue.ended > 0) await renewing?.();
        return overdue;
      },
    });
    const registry = rig.open();
    rig.run(rig.warden(registry, { store }));
    await registry.register(instance('web-1'));
    await rig.passRenewing(registry, ['web-1'], LEASE_MS);
    let renewals = 0;
    renewing = async () => {
      renewals += 1;
      await registry.renew('web-1');
    };
    await rig.pass(2 * LEASE_MS);
    expect(renewals).toBeGreaterThan(0);
    expect(await eventsOf(registry, 'web-1')).toEqual(['registered']);
    await registry.unregister('web-1');

    await expect(registry.renew('web-1')).rejects.toMatchObject({ code: 'SERVICE_NOT_FOUND' });
    expect(await registry.all(null)).toEqual([]);
  });

  it('R2: instances expire also where nobody asks anything, and by one of many only', async () => {
    await rig.open().register(instance('web-1'));
    const registries = [rig.open(), rig.open(), rig.open()];
    for (const [nth, registry] of registries.entries()) {
      rig.run(rig.warden(registry, { owner: `w${nth}` }));
    }
    await rig.pass(2 * LEASE_MS);

    expect(await eventsOf(rig.open(), 'web-1')).toEqual(['registered', 'expired']);
    const owners = await Promise.all(registries.map(({ metrics }) => metrics.owner.get()));
    expect(owners.filter(({ values }) => values[0]?.value === 1)).toHaveLength(1);
  });

  it('R3: wall clocks that are wrong neither expire anybody nor keep anybody', async () => {
    const registry = await rig.tended();
    for (const id of ['web-1', 'web-2']) await registry.register(instance(id));
    rig.clock.jumpWall(3_600_000);
    await rig.passRenewing(registry, ['web-1'], LEASE_MS - RUN_MS);
    expect(idsOf(await registry.discover('web'))).toEqual(['web-1', 'web-2']);
    rig.clock.jumpWall(-7_200_000);
    await rig.passRenewing(registry, ['web-1'], LEASE_MS);

    expect(idsOf(await registry.discover('web'))).toEqual(['web-1']);
  });

  it('R4: who has been offline long enough is removed', async () => {
    const registry = await rig.tended({ retentionMs: 60_000 });
    for (let nth = 0; nth < 5; nth += 1) {
      await registry.register({ name: 'pod', address: `10.0.0.${nth + 1}:80` });
    }
    await rig.pass(2 * LEASE_MS + 60_000 + 2 * RUN_MS);

    expect(await registry.all(null)).toEqual([]);
  });

  it('R5: what an instance says of itself holds, and its first registration is not forgotten', async () => {
    const registry = rig.open();
    const start_time = '2023-12-01T00:00:00Z';
    const said = { status: 'maintenance', start_time };
    const first = await registry.register(instance('web-1', said));
    await rig.pass(5_000);
    const again = await registry.register(instance('web-1', { ...said, status: 'starting' }));

    expect(first.status).toBe('maintenance');
    expect(again).toMatchObject({ status: 'starting', incarnation: 1 });
    expect([again.register_time, again.start_time]).toEqual([
      first.register_time,
      '2023-12-01T00:00:00.000Z',
    ]);
    expect(again.getUptime(rig.clock.now())).toBe(31 * 86_400_000 + 5_000);
  });

  it.each([
    { weight: -1 },
    { weight: 1e9 },
    { address: 'nowhere' },
    { protocol: 'p'.repeat(33) },
    { env: 'prodd' },
    { metadata: { k: 'x'.repeat(10_000) } },
    { name: 'n'.repeat(200) },
  ])('R6: everything has its bounds: %o', async (wrong) => {
    await expect(rig.open().register(instance('web-1', wrong))).rejects.toMatchObject({
      code: 'INVALID_INSTANCE',
    });
  });

  it('R7: who watches sees all at first, misses nothing between, and can go on and stop', async () => {
    const registry = rig.open();
    await registry.register(instance('web-1'));
    const watcher = await registry.watch('web');
    await registry.register(instance('web-2'));
    const first = await watcher.nextChange(NEVER);
    expect(idsOf(first?.instances ?? null)).toEqual(['web-1', 'web-2']);
    watcher.stop();
    expect(await watcher.next()).toBeNull();
    await registry.unregister('web-1');
    const again = await registry.watch('web', { revision: first?.revision ?? 0 });

    expect(await again.nextChange(NEVER)).toMatchObject({ isSnapshot: false, removed: ['web-1'] });
    again.stop();
  });

  it('R8: a store that is away is never taken for an instance that is gone', async () => {
    const away = () => Promise.reject(new AppError('unavailable', 'the store is away'));
    const store = storeWith(rig.store, { find: away, renew: away, write: away, list: away });
    const registry = rig.open({ retryTimes: 0 }, store);
    await rig.open().register(instance('web-1'));

    for (const ask of [
      registry.getService('web-1'),
      registry.renew('web-1'),
      registry.offline('web-1'),
      registry.unregister('web-1'),
    ]) {
      await expect(ask).rejects.toMatchObject({ code: 'CONNECTION_FAILED', kind: 'unavailable' });
    }
  });

  it('R9: lists have an order, and are empty where there is nothing', async () => {
    const registry = rig.open();
    expect(await registry.listServices()).toEqual([]);
    expect(await registry.discover('web')).toEqual([]);
    for (const id of ['c', 'a', 'b']) await registry.register(instance(id, { name: `s-${id}` }));
    for (const id of ['2', '1']) await registry.register(instance(id));

    expect(await registry.listServices()).toEqual(['s-a', 's-b', 's-c', 'web']);
    expect(idsOf(await registry.discover('web'))).toEqual(['1', '2']);
  });

  it('R11: retries, their delay and whether instances must renew do something', async () => {
    const { call, failed } = failing(2, (ids: readonly string[]) => rig.store.find(ids), 'timeout');
    await rig.open().register(instance('web-1'));
    const options = { retryTimes: 2, retryDelayMs: 5_000 };
    const registry = rig.open(options, storeWith(rig.store, { find: call }));
    const found = registry.getService('web-1');
    await rig.pass(9_750);
    expect(failed.times).toBe(2);
    await rig.pass(250);
    expect((await found).id).toBe('web-1');

    const endless = await rig.tended({ keepAlive: false });
    await endless.register(instance('web-2'));
    await rig.pass(5 * LEASE_MS);
    expect(idsOf(await endless.discover('web'))).toContain('web-2');
  });

  it('R12: nobody expires while the renewals of very many do not arrive', async () => {
    const registry = await rig.tended();
    const ids = await registerMany(registry, 50);
    await rig.passRenewing(registry, ids, 2 * LEASE_MS);
    await rig.pass(2 * LEASE_MS);
    expect(await registry.discover('web')).toHaveLength(50);
    await rig.passRenewing(registry, ids.slice(1), 2 * LEASE_MS);

    expect(await registry.discover('web')).toHaveLength(49);
  });

  it('R13: there are checks, zones, pages, many renewals at once, deltas and a history', async () => {
    const registry = await rig.tended({}, async () => 'refused');
    const check = { type: 'tcp' as const, failures: 1 };
    await registry.register(instance('a', { zone: 'eu', check }));
    await registry.register(instance('b', { zone: 'eu' }));
    await registry.register(instance('c', { zone: 'us' }));
    await rig.pass(2 * RUN_MS);
    await registry.offline('c', { actor: 'ann', reason: 'move' });

    expect(idsOf(await registry.discover('web', { zone: 'eu' }))).toEqual(['b']);
    expect(idsOf(await registry.discover('web', { status: 'any', after: 'a', limit: 1 }))).toEqual([
      'b',
    ]);
    expect(await registry.renewAll(['a', 'b', 'c'])).toMatchObject({
      ...{ renewed: ['a', 'b'], offline: ['c'] },
    });
    expect(await registry.history('a')).toMatchObject([
      { event: 'check failed', reason: 'refused' },
      { event: 'registered' },
    ]);
    expect((await registry.history('c'))[0]).toMatchObject({ actor: 'ann', reason: 'move' });
  });
});
