import { describe, expect, it } from 'vitest';
import type { InstanceRecord } from '../../../shared/domain/instance-record.ts';
import { change, event, instance, LONG_MS, type RegistryBench } from './registry-bench.ts';

/** Whatever may be said of an instance. */
const WHOLE: InstanceRecord = {
  ...instance('web-1'),
  ...{ env: 'prod', zone: 'zone "a"', metadata: { 'a "key"': 'line\nbreak', ключ: '値 \\ {}' } },
  ...{ weight: 0, words: 'up', reported: 'starting', failing: 'no answer: 503', incarnation: 7 },
  override: {
    ...{ status: 'maintenance', reason: 'new disks', actor: 'ann', sinceMs: 1_700_000_000_001 },
    untilMs: 1_700_000_000_002,
  },
  check: {
    ...{ type: 'http', path: '/health?full=1', intervalMs: 10_000, timeoutMs: 1_000 },
    ...{ failures: 3, successes: 1 },
  },
};

export function describeWrites(bench: RegistryBench): void {
  describe('a write', () => {
    it('keeps a record as it is, with the revision that it tells', async () => {
      const revision = await bench.put(WHOLE);

      expect(await bench.get('web-1')).toMatchObject({ record: WHOLE, revision });
      expect(revision).toBeGreaterThan(0);
      expect(await bench.store.revision()).toBeGreaterThanOrEqual(revision);
    });

    it('gives each change a greater revision', async () => {
      const first = await bench.put(instance('web-1'));
      const other = await bench.put(instance('web-2'));
      const second = await bench.put(instance('web-1', { weight: 1 }), { expected: first });

      expect(other).toBeGreaterThan(first);
      expect(second).toBeGreaterThan(other);
      expect(await bench.get('web-1')).toMatchObject({ record: { weight: 1 }, revision: second });
    });

    it('shows what is there to who thought that nothing is', async () => {
      await bench.put(instance('web-1'));
      const there = await bench.get('web-1');
      const outcome = await bench.store.write([change(instance('web-1', { weight: 5 }))]);

      expect(outcome).toMatchObject([{ isDone: false, why: 'changed' }]);
      expect(outcome).toMatchObject([
        { there: { record: there.record, revision: there.revision, lease: {} } },
      ]);
      expect(await bench.get('web-1')).toMatchObject({ record: { weight: 100 } });
    });

    it('tells that nothing is there to who thought that something is', async () => {
      const changed = { ...change(instance('web-1')), expected: 7 };
      const removed = { ...changed, record: null, lease: 'end' } as const;

      const refused = { isDone: false, why: 'changed', there: null };
      expect(await bench.store.write([changed])).toEqual([refused]);
      expect(await bench.store.write([removed])).toEqual([refused]);
      expect(await bench.store.find(['web-1'])).toEqual([null]);
    });

    it('leaves the lease and the history alone when it is refused', async () => {
      await bench.putEnded('web-1');
      await bench.store.write([{ ...change(instance('web-1')), event: event('in vain') }]);

      expect(await bench.store.overdue(10)).toMatchObject({ ids: ['web-1'] });
      expect(await bench.store.history('web-1')).toEqual([]);
    });

    it('is won by one of two clients that make it at once, and the other sees what was written', async () => {
      const other = await bench.another();
      for (let round = 1; round <= 10; round += 1) {
        const expected = round === 1 ? 0 : (await bench.get('web-1')).revision;
        const write = (client: typeof other, weight: number) =>
          client.write([{ ...change(instance('web-1', { weight })), expected }]);
        const outcomes = (await Promise.all([write(bench.store, 1), write(other, 2)])).flat();

        const there = await bench.get('web-1');
        expect(outcomes).toContainEqual({ isDone: true, revision: there.revision });
        expect(outcomes).toContainEqual(
          expect.objectContaining({
            ...{ isDone: false, why: 'changed' },
            there: expect.objectContaining({ record: there.record, revision: there.revision }),
          }),
        );
      }
    });

    it('makes several changes, each whatever becomes of the others', async () => {
      const revision = await bench.put(instance('web-1'));
      const outcomes = await bench.store.write([
        change(instance('web-2')),
        change(instance('web-1')),
        { ...change(instance('web-1', { weight: 3 })), expected: revision },
        { ...change(instance('web-3')), expected: 1 },
        change(instance('api-1')),
      ]);

      expect(outcomes.map(({ isDone }) => isDone)).toEqual([true, false, true, false, true]);
      const found = await bench.store.find(['web-1', 'web-2', 'web-3', 'api-1']);
      expect(found.map((each) => each?.record.weight)).toEqual([3, 100, undefined, 100]);
      expect(found[1]?.revision).not.toBe(found[3]?.revision);
    });

    it('makes one of two changes of the same instance that are from the same revision', async () => {
      const outcomes = await bench.store.write([
        change(instance('web-1', { weight: 1 })),
        change(instance('web-1', { weight: 2 })),
      ]);

      expect(outcomes.map(({ isDone }) => isDone).toSorted()).toEqual([false, true]);
      const { revision } = await bench.get('web-1');
      expect(outcomes).toContainEqual({ isDone: true, revision });
    });

    it('takes none, and many', async () => {
      const records = Array.from({ length: 1_200 }, (_, nth) => instance(`many-${nth}`));
      expect(await bench.store.write([])).toEqual([]);
      const outcomes = await bench.store.write(records.map(change));

      expect(outcomes.filter(({ isDone }) => isDone)).toHaveLength(1_200);
      const ids = records.map(({ id }) => id);
      const found = await bench.store.find(ids);
      expect(found.map((each) => each?.record.id)).toEqual(ids);
      const renewed = await bench.store.renew(ids, LONG_MS);
      expect(renewed.filter((each) => each === 'renewed')).toHaveLength(1_200);
      expect(await bench.store.services()).toEqual([{ name: 'many', instances: 1_200 }]);
    });

    it('removes an instance, and what comes back begins anew', async () => {
      await bench.put(instance('web-1'), { event: event('first') });
      const removed = await bench.remove('web-1');

      expect(await bench.store.find(['web-1'])).toEqual([null]);
      expect(await bench.store.services()).toEqual([]);
      expect(await bench.store.overdue(10)).toMatchObject({ leases: 0 });
      expect(await bench.put(instance('web-1'))).toBeGreaterThan(removed);
      expect(await bench.store.history('web-1')).toEqual([]);
    });
  });

  describe('what is not to be taken for another', () => {
    it('an ID that another one begins with, also of another service', async () => {
      const ids = ['web-1', 'web-10', 'web-1-admin', 'web'];
      await bench.store.write(
        ids.map((id) => change(instance(id, { name: id === 'web-1-admin' ? 'web-1' : 'web' }))),
      );
      await bench.remove('web-1');

      const found = await bench.store.find(ids);
      expect(found.map((each) => each !== null)).toEqual([false, true, true, true]);
      expect(await bench.store.renew(ids, LONG_MS)).toEqual([
        ...['unknown', 'renewed', 'renewed', 'renewed'],
      ]);
      expect(await bench.store.services()).toEqual([
        { name: 'web', instances: 2 },
        { name: 'web-1', instances: 1 },
      ]);
    });

    it('names and IDs that have odd characters', async () => {
      const odd = [
        'a/b',
        'a:b',
        'a b',
        'a%2Fb',
        '{a}b',
        '"a"',
        "a'b",
        'a\\b',
        'ä-日本',
        'a\nb',
        '*',
      ];
      const records = [
        ...odd.map((each) => instance(each, { name: each })),
        ...[instance('c', { name: 'a/b/' }), instance('b/c', { name: 'a' })],
      ];
      await bench.store.write(records.map(change));

      const ids = records.map(({ id }) => id);
      const found = await bench.store.find(ids);
      expect(found.map((each) => each?.record)).toEqual(records);
      for (const { id, name } of records) {
        const listed = await bench.store.list({ service: name, after: '', limit: 10 });
        expect(listed.map(({ record }) => record.id)).toEqual([id]);
      }
      const services = await bench.store.services();
      const names = services.map(({ name }) => name);
      expect(new Set(names)).toEqual(new Set(records.map(({ name }) => name)));
      expect(await bench.store.renew(ids, LONG_MS)).toEqual(ids.map(() => 'renewed'));
    });
  });
}
