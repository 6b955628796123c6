import { describe, expect, it } from 'vitest';
import { expiry, instance, LONG_MS, type RegistryBench } from './registry-bench.ts';

/** By so much a lease may be longer than was asked for. */
const ROUNDED_MS = 5_000;
const OWNED_MS = 60_000;

export function describeLeases(bench: RegistryBench): void {
  const fenceOf = async () => {
    const epoch = (await bench.store.own('warden', OWNED_MS)) ?? 0;
    return { epoch, isOverdue: true };
  };

  describe('a lease', () => {
    it('lasts as long as was asked for', async () => {
      await bench.put(instance('web-1'));
      const { lease } = await bench.get('web-1');

      expect(lease?.leftMs).toBeGreaterThan(0);
      expect(lease?.leftMs).toBeLessThanOrEqual(LONG_MS + ROUNDED_MS);
      expect(lease?.sinceRenewMs).toBeGreaterThanOrEqual(0);
      expect(lease?.sinceRenewMs).toBeLessThan(LONG_MS);
      expect(await bench.store.overdue(10)).toEqual({ ids: [], ended: 0, leases: 1 });
    });

    it('is renewed without a change of the record', async () => {
      const revision = await bench.put(instance('web-1'), { lease: { ttlMs: 30_000 } });
      const before = await bench.store.revision();
      expect(await bench.store.renew(['web-1'], 2 * LONG_MS)).toEqual(['renewed']);

      const there = await bench.get('web-1');
      expect(there.revision).toBe(revision);
      expect(there.lease?.leftMs).toBeGreaterThan(LONG_MS);
      expect(await bench.store.changesSince(before, 10)).toMatchObject({ changes: [] });
    });

    it('tells how long ago it was renewed', async () => {
      await bench.put(instance('web-1'));
      await bench.rig.pass(100);
      const before = (await bench.get('web-1')).lease?.sinceRenewMs ?? 0;
      await bench.store.renew(['web-1'], LONG_MS);
      const after = (await bench.get('web-1')).lease?.sinceRenewMs ?? LONG_MS;

      expect(before).toBeGreaterThanOrEqual(90);
      expect(after).toBeLessThan(before);
    });

    it('is that of the instance, and of no other one', async () => {
      await bench.putEnded('web-1', 'web-2', 'web-3');
      await bench.store.renew(['web-2'], LONG_MS);

      const { ids, ...counts } = await bench.store.overdue(10);
      expect(ids.toSorted()).toEqual(['web-1', 'web-3']);
      expect(counts).toEqual({ ended: 2, leases: 3 });
    });

    it('tells each who renews whether there was one', async () => {
      await bench.put(instance('web-1'));
      await bench.put(instance('web-2', { lifecycle: 'offline' }), { lease: 'end' });
      const renewed = await bench.store.renew(['web-2', 'none', 'web-1', 'web-1'], LONG_MS);

      expect(renewed).toEqual(['ended', 'unknown', 'renewed', 'renewed']);
      expect(await bench.store.renew([], LONG_MS)).toEqual([]);
      expect(await bench.get('web-2')).toMatchObject({ lease: null });
      expect(await bench.store.find(['none'])).toEqual([null]);
    });

    it('is kept by a change of the record that says so, as it is', async () => {
      const revision = await bench.put(instance('web-1'), { lease: { ttlMs: 30_000 } });
      const changed = instance('web-1', { weight: 1 });
      await bench.put(changed, { expected: revision, lease: 'keep' });

      const { record, lease } = await bench.get('web-1');
      expect(record.weight).toBe(1);
      expect(lease?.leftMs).toBeGreaterThan(0);
      expect(lease?.leftMs).toBeLessThanOrEqual(30_000 + ROUNDED_MS);
    });

    it('is given anew by a change of the record that says so', async () => {
      await bench.putEnded('web-1');
      const { record, revision } = await bench.get('web-1');
      await bench.put(record, { expected: revision, lease: { ttlMs: LONG_MS } });

      expect(await bench.store.overdue(10)).toEqual({ ids: [], ended: 0, leases: 1 });
    });

    it('is there until somebody ends it, and may be renewed until then', async () => {
      await bench.putEnded('web-1', 'web-2');
      const there = await bench.get('web-2');

      expect(there.lease?.leftMs).toBeLessThanOrEqual(0);
      expect(await bench.store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
      await bench.done(expiry(there, undefined));
      expect(await bench.store.renew(['web-2'], LONG_MS)).toEqual(['ended']);
      expect(await bench.store.overdue(10)).toEqual({ ids: [], ended: 0, leases: 1 });
      expect(await bench.get('web-2')).toMatchObject({ lease: null });
    });

    it('comes back with a change of the record', async () => {
      await bench.putEnded('web-1');
      await bench.done(expiry(await bench.get('web-1'), undefined));
      const { revision } = await bench.get('web-1');
      await bench.put(instance('web-1'), { expected: revision });

      expect(await bench.store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
      expect((await bench.get('web-1')).lease?.leftMs).toBeGreaterThan(0);
    });

    it('goes with its instance', async () => {
      await bench.putEnded('web-1', 'web-2');
      await bench.remove('web-1');

      expect(await bench.store.overdue(10)).toEqual({ ids: ['web-2'], ended: 1, leases: 1 });
      expect(await bench.store.renew(['web-1'], LONG_MS)).toEqual(['unknown']);
    });
  });

  describe('leases that have ended', () => {
    it('are told so many at a time, and all are counted', async () => {
      await bench.putEnded('web-1', 'web-2', 'web-3');
      await bench.put(instance('web-4'));
      const some = await bench.store.overdue(2);

      expect(some).toMatchObject({ ended: 3, leases: 4 });
      expect(some.ids).toHaveLength(2);
      expect((await bench.store.overdue(0)).ids).toEqual([]);
    });

    it('are told in the order of their ends where that is known', async () => {
      const { shortMs, isOverdueOrdered } = bench.rig;
      await bench.put(instance('web-1'), { lease: { ttlMs: shortMs } });
      await bench.put(instance('web-2'), { lease: { ttlMs: shortMs / 3 } });
      await bench.put(instance('web-3'), { lease: { ttlMs: shortMs } });
      await bench.store.renew(['web-3'], shortMs / 2);
      await bench.ended(3);

      const { ids } = await bench.store.overdue(10);
      const ordered = ['web-2', 'web-3', 'web-1'];
      if (isOverdueOrdered) expect(ids).toEqual(ordered);
      else expect(ids.toSorted()).toEqual(ordered.toSorted());
    });

    it('are not ended by who is too late: they were renewed', async () => {
      await bench.putEnded('web-1');
      const [there, fence] = [await bench.get('web-1'), await fenceOf()];
      await bench.store.renew(['web-1'], LONG_MS);
      const [outcome] = await bench.store.write([expiry(there, fence)]);

      expect(outcome).toMatchObject({ isDone: false, why: 'renewed' });
      expect(outcome).toMatchObject({ there: { record: there.record, revision: there.revision } });
      const { record, lease } = await bench.get('web-1');
      expect(record.lifecycle).toBe('up');
      expect(lease?.leftMs).toBeGreaterThan(0);
      expect(await bench.store.history('web-1')).toEqual([]);
    });

    it('are ended by who has the turn', async () => {
      await bench.putEnded('web-1');
      await bench.done(expiry(await bench.get('web-1'), await fenceOf()));

      expect(await bench.get('web-1')).toMatchObject({
        ...{ record: { lifecycle: 'expired' }, lease: null },
      });
      expect(await bench.store.history('web-1')).toMatchObject([{ reason: 'its lease ran out' }]);
    });

    it('are either renewed or ended when both are tried at once', async () => {
      const other = await bench.another();
      const ids = Array.from({ length: 20 }, (_, nth) => `web-${nth}`);
      await bench.putEnded(...ids);
      const fence = await fenceOf();
      const rounds = ids.map(async (id) => {
        const there = await bench.get(id);
        const [[renewed], [expired]] = await Promise.all([
          ...([other.renew([id], LONG_MS), bench.store.write([expiry(there, fence)])] as const),
        ]);
        return [renewed, expired?.isDone];
      });

      for (const both of await Promise.all(rounds)) {
        expect([
          ['renewed', false],
          ['ended', true],
        ]).toContainEqual(both);
      }
      const { leases } = await bench.store.overdue(0);
      const found = await bench.store.find(ids);
      expect(found.filter((each) => each?.record.lifecycle === 'up')).toHaveLength(leases);
    });
  });
}
