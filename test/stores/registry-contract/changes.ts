import { describe, expect, it } from 'vitest';
import { change, instance, LONG_MS, type RegistryBench } from './registry-bench.ts';

export function describeChanges(bench: RegistryBench): void {
  /** What has changed since: IDs, and "-" before those that were removed. */
  async function since(revision: number, limit = 100): Promise<readonly string[] | null> {
    const changes = await bench.store.changesSince(revision, limit);
    if (changes === null) return null;
    return changes.changes.map(({ id, instance: is }) => (is === null ? `-${id}` : id));
  }

  describe('what has changed', () => {
    it('is nothing since the latest revision', async () => {
      await bench.put(instance('web-1'));
      const revision = await bench.store.revision();

      const changes = await bench.store.changesSince(revision, 10);
      expect(changes).toMatchObject({ changes: [], isMore: false });
      expect(changes?.revision).toBeGreaterThanOrEqual(revision);
    });

    it('is told in the order of revisions, each instance once', async () => {
      const start = await bench.store.revision();
      const first = await bench.put(instance('web-1'));
      const api = await bench.put(instance('api-1'));
      const again = await bench.put(instance('web-1', { weight: 2 }), { expected: first });

      const changes = await bench.store.changesSince(start, 10);
      expect(changes).toMatchObject({
        changes: [
          { id: 'api-1', service: 'api', revision: api, instance: { revision: api, lease: {} } },
          {
            ...{ id: 'web-1', service: 'web', revision: again },
            instance: { record: { weight: 2 } },
          },
        ],
        isMore: false,
      });
      expect(await since(first)).toEqual(['api-1', 'web-1']);
      expect(await since(api)).toEqual(['web-1']);
      expect(await since(again)).toEqual([]);
      expect(await since(changes?.revision ?? 0)).toEqual([]);
    });

    it('says of which service it was what was removed', async () => {
      await bench.put(instance('web-1'));
      const revision = await bench.store.revision();
      const removed = await bench.remove('web-1');

      expect(await bench.store.changesSince(revision, 10)).toMatchObject({
        changes: [{ id: 'web-1', service: 'web', revision: removed, instance: null }],
      });
      expect(await since(removed)).toEqual([]);
    });

    it('is one thing of what went and came back, or came and went', async () => {
      await bench.put(instance('web-1'));
      const start = await bench.store.revision();
      await bench.remove('web-1');
      await bench.put(instance('web-2'));
      await bench.put(instance('web-1', { name: 'api' }));
      await bench.remove('web-2');

      expect(await since(start)).toEqual(['web-1', '-web-2']);
      const changes = await bench.store.changesSince(start, 10);
      expect(changes?.changes.map(({ service }) => service)).toEqual(['api', 'web']);
    });

    it('is told in parts, and each goes on where the one before has ended', async () => {
      const start = await bench.store.revision();
      const ids = Array.from({ length: 7 }, (_, nth) => `web-${nth}`);
      await bench.store.write(ids.map((id) => change(instance(id))));
      await bench.remove('web-2');
      await bench.remove('web-5');
      const seen: string[] = [];
      let [at, isMore, parts] = [start, true, 0];
      while (isMore) {
        const part = await bench.store.changesSince(at, 2);
        if (part === null) throw new Error('it is not known any more');
        expect(part.changes.length).toBeLessThanOrEqual(2);
        seen.push(...part.changes.map(({ id }) => id));
        [at, isMore, parts] = [part.revision, part.isMore, parts + 1];
      }

      // Of one write any may be the first; what was removed, was removed later.
      expect(seen.slice(0, 5).toSorted()).toEqual(['web-0', 'web-1', 'web-3', 'web-4', 'web-6']);
      expect(seen.slice(5)).toEqual(['web-2', 'web-5']);
      expect(parts).toBe(4);
    });

    it('is not known of what was before the registry, nor of what has not been yet', async () => {
      await bench.put(instance('web-1'));
      const latest = await bench.store.revision();

      expect(await bench.store.changesSince(0, 10)).toBeNull();
      expect(await bench.store.changesSince(latest + 1_000_000, 10)).toBeNull();
    });

    it('is not told of renewals, nor of what was refused', async () => {
      await bench.put(instance('web-1'));
      const revision = await bench.store.revision();
      await bench.store.renew(['web-1'], LONG_MS);
      await bench.store.write([change(instance('web-1'))]);

      expect(await since(revision)).toEqual([]);
    });

    it('is known from where what was removed is forgotten', async () => {
      const ids = ['web-1', 'web-2', 'web-3', 'web-4'];
      await bench.store.write(ids.map((id) => change(instance(id))));
      const start = await bench.store.revision();
      const first = await bench.remove('web-1');
      const second = await bench.remove('web-2');
      const third = await bench.remove('web-3');
      await bench.store.forget(10);
      expect(await since(start)).toEqual(['-web-1', '-web-2', '-web-3']);
      await bench.store.forget(1);

      expect(await since(start)).toBeNull();
      expect(await since(first)).toBeNull();
      expect(await since(second)).toEqual(['-web-3']);
      await bench.store.forget(0);
      expect(await since(second)).toBeNull();
      expect(await since(third)).toEqual([]);
      await bench.put(instance('web-1'));
      await bench.store.forget(0);
      expect(await since(third)).toEqual(['web-1']);
    });
  });
}
