import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idsOf, instance, RegistryRig, registerMany, storeWith } from './rig.ts';

const NEVER = new AbortController().signal;

describe('watching a service', () => {
  let rig: RegistryRig;

  beforeEach(() => {
    rig = new RegistryRig();
  });

  afterEach(() => rig.close());

  it('begins with all instances, and goes on with what has changed', async () => {
    const registry = rig.open();
    await registerMany(registry, 2);
    const watcher = await registry.watch('web');
    const first = await watcher.nextChange(NEVER);
    expect(first).toMatchObject({ isSnapshot: true, removed: [] });
    expect(idsOf(first?.instances ?? null)).toEqual(['web-0000', 'web-0001']);
    await registry.register(instance('api-1', { name: 'api' }));
    await registry.offline('web-0000');
    await rig.pass(250);

    expect(await watcher.nextChange(NEVER)).toMatchObject({
      ...{ isSnapshot: false, removed: [] },
      instances: [{ id: 'web-0000', status: 'inactive' }],
    });
    await registry.unregister('web-0001');
    await rig.pass(250);
    expect(await watcher.nextChange(NEVER)).toMatchObject({
      ...{ isSnapshot: false, instances: [], removed: ['web-0001'] },
    });
    watcher.stop();
  });

  it('gives whole lists to those who want them', async () => {
    const registry = rig.open();
    const watcher = await registry.watch('web');
    expect(await watcher.next()).toEqual([]);
    await registry.register(instance('web-2'));
    await registry.register(instance('web-1'));
    await rig.pass(250);
    expect(idsOf(await watcher.next())).toEqual(['web-1', 'web-2']);
    await registry.unregister('web-2');
    await rig.pass(250);

    expect(idsOf(await watcher.next())).toEqual(['web-1']);
    watcher.stop();
  });

  it('gives a whole list first also to those who know a revision', async () => {
    const registry = rig.open();
    await registerMany(registry, 3);
    const watcher = await registry.watch('web', { revision: await rig.store.revision() });

    expect(await watcher.next()).toHaveLength(3);
    watcher.stop();
  });

  it('goes on from a revision, also at another registry', async () => {
    const [here, there] = [rig.open(), rig.open()];
    await registerMany(here, 3);
    const watcher = await here.watch('web');
    const { revision = 0 } = (await watcher.nextChange(NEVER)) ?? {};
    watcher.stop();
    await here.unregister('web-0000');
    await here.offline('web-0001');
    const again = await there.watch('web', { revision });
    const update = await again.nextChange(NEVER);

    expect(update).toMatchObject({
      ...{ isSnapshot: false, removed: ['web-0000'], instances: [{ id: 'web-0001' }] },
    });
    again.stop();
  });

  it.each([
    { revision: 0, why: 'it is from before what is known' },
    { revision: Number.MAX_SAFE_INTEGER, why: 'it is of other data' },
  ])('begins anew where it cannot go on from $revision: $why', async ({ revision }) => {
    const registry = rig.open();
    await registerMany(registry, 2);
    const watcher = await registry.watch('web', { revision });
    const update = await watcher.nextChange(NEVER);

    expect(update).toMatchObject({ isSnapshot: true });
    expect(update?.instances).toHaveLength(2);
    watcher.stop();
  });

  it('begins anew after a gap', async () => {
    let isGap = false;
    const store = storeWith(rig.store, {
      changesSince: async (revision, limit) =>
        isGap ? null : rig.store.changesSince(revision, limit),
    });
    const registry = rig.open({}, store);
    await registerMany(registry, 2);
    const watcher = await registry.watch('web');
    await watcher.nextChange(NEVER);
    await registry.unregister('web-0000');
    isGap = true;
    await rig.pass(250);
    isGap = false;
    const update = await watcher.nextChange(NEVER);

    expect(update).toMatchObject({ isSnapshot: true });
    expect(idsOf(update?.instances ?? null)).toEqual(['web-0001']);
    watcher.stop();
  });

  it('tells a slow reader of each instance once', async () => {
    const registry = rig.open();
    await registerMany(registry, 2);
    const watcher = await registry.watch('web');
    await watcher.nextChange(NEVER);
    for (let weight = 1; weight <= 50; weight += 1) {
      await registry.register(instance('web-0000', { weight }));
      await rig.pass(50);
    }
    await registry.unregister('web-0001');
    await rig.pass(250);
    const update = await watcher.nextChange(NEVER);

    expect(update?.instances).toMatchObject([{ id: 'web-0000', weight: 50, incarnation: 51 }]);
    expect(update?.removed).toEqual(['web-0001']);
    watcher.stop();
  });

  it('is done by many with the looks of one', async () => {
    let looks = 0;
    const store = storeWith(rig.store, {
      changesSince: (revision, limit) => {
        looks += 1;
        return rig.store.changesSince(revision, limit);
      },
    });
    const registry = rig.open({}, store);
    const watchers = await Promise.all(
      ['web', 'web', 'api'].map((service) => registry.watch(service)),
    );
    for (const watcher of watchers) await watcher.next();
    looks = 0;
    await rig.pass(1_000);
    expect(looks).toBeLessThanOrEqual(20);
    await registry.register(instance('web-1'));
    await rig.pass(250);

    const [web, too] = watchers;
    expect(idsOf((await web?.next()) ?? null)).toEqual(['web-1']);
    expect(idsOf((await too?.next()) ?? null)).toEqual(['web-1']);
    expect((await registry.metrics.watchers.get()).values).toMatchObject([{ value: 3 }]);
    for (const watcher of watchers) {
      watcher.stop();
      watcher.stop();
    }
    await rig.pass(250);
    looks = 0;
    await rig.pass(1_000);
    expect(looks).toBe(0);
    expect((await registry.metrics.watchers.get()).values).toMatchObject([{ value: 0 }]);
  });

  it('ends when it is stopped, when the reader wants no more, and with the registry', async () => {
    const registry = rig.open();
    const [one, two, three] = [
      await registry.watch('web'),
      await registry.watch('web'),
      await registry.watch('web'),
    ];
    for (const watcher of [one, two, three]) await watcher.next();
    const ending = new AbortController();
    const ends = [one.next(), two.nextChange(ending.signal), three.next()];
    await rig.settle();
    one.stop();
    ending.abort();
    await registry.close();

    expect(await Promise.all(ends)).toEqual([null, null, null]);
  });
});
