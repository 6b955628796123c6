import { describe, expect, it } from 'vitest';
import { change, expiry, instance, LONG_MS, type RegistryBench } from './registry-bench.ts';

const EMPTY = { ids: [], ended: 0, leases: 0 };

export function describePlaces(bench: RegistryBench): void {
  describe('a place', () => {
    it('is the same for each who opens it', async () => {
      const other = await bench.another();
      const start = await other.revision();
      const revision = await bench.put(instance('web-1'));

      expect(await other.find(['web-1'])).toMatchObject([{ record: instance('web-1'), revision }]);
      expect(await other.list({ service: 'web', after: '', limit: 10 })).toHaveLength(1);
      expect(await other.services()).toEqual([{ name: 'web', instances: 1 }]);
      expect(await other.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
      expect(await other.revision()).toBe(await bench.store.revision());
      const changes = await other.changesSince(start, 10);
      expect(changes?.changes).toMatchObject([{ id: 'web-1', revision }]);
      const gone = { id: 'web-1', expected: revision, record: null, lease: 'end' } as const;
      expect(await other.write([{ ...gone, event: null }])).toMatchObject([{ isDone: true }]);
      expect(await bench.store.find(['web-1'])).toEqual([null]);
      expect(await bench.store.overdue(10)).toEqual(EMPTY);
      expect(await bench.store.changesSince(revision, 10)).toMatchObject({
        changes: [{ id: 'web-1', instance: null }],
      });
    });

    it.each(['-other', '/records', '0'])(
      'is not one whose prefix goes on with "%s"',
      async (more) => {
        const other = await bench.another(more);
        const start = await bench.store.revision();
        await bench.putEnded('web-1');
        const epoch = (await bench.store.own('a', LONG_MS)) ?? 0;

        expect(await other.find(['web-1'])).toEqual([null]);
        expect(await other.list({ service: null, after: '', limit: 10 })).toEqual([]);
        expect(await other.services()).toEqual([]);
        expect(await other.renew(['web-1'], LONG_MS)).toEqual(['unknown']);
        expect(await other.overdue(10)).toEqual(EMPTY);
        expect(await other.own('b', LONG_MS)).not.toBeNull();
        expect(await other.write([change(instance('web-1', { weight: 1 }))])).toMatchObject([
          { isDone: true },
        ]);
        expect(await bench.get('web-1')).toMatchObject({ record: { weight: 100 } });
        await bench.done(expiry(await bench.get('web-1'), { epoch, isOverdue: true }));
        const changes = await bench.store.changesSince(start, 10);
        expect(changes?.changes).toHaveLength(1);
        expect(await other.find(['web-1'])).toMatchObject([{ record: { lifecycle: 'up' } }]);
      },
    );

    it('is what it was when it is opened again', async () => {
      const keeping = await bench.another();
      const revision = await bench.put(instance('web-1'));
      await keeping.close();
      const again = await bench.another();

      expect(await again.find(['web-1'])).toMatchObject([{ record: instance('web-1'), revision }]);
      const changed = { ...change(instance('web-1', { weight: 1 })), expected: revision };
      const [outcome] = await again.write([changed]);
      expect(outcome).toMatchObject({ isDone: true });
    });
  });
}
