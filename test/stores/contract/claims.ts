import { describe, expect, it } from 'vitest';
import { LEASE_MS, type StoreBench } from './store-bench.ts';

export function describeClaims(bench: StoreBench): void {
  describe('a claim', () => {
    it('takes the lowest IDs first, each with a token of its own', async () => {
      await bench.plan(3);
      const first = await bench.claim('a', { limit: 2 });
      const second = await bench.claim('b');

      expect(first.map(({ id }) => id)).toEqual([1, 2]);
      expect(second.map(({ id }) => id)).toEqual([3]);
      const tokens = [...first, ...second].map(({ token }) => token);
      expect(new Set(tokens).size).toBe(3);
      expect(first[0]).toMatchObject({ status: 'claimed', workerId: 'a', version: 2 });
      expect(await bench.store.counts()).toMatchObject({ pending: 0, claimed: 3 });
    });

    it('takes higher priorities first', async () => {
      const of = (min: bigint, priority: number) => ({
        ...{ min, max: min, options: {}, priority },
      });
      const partitions = [of(1n, 0), of(2n, 5), of(3n, -5), of(4n, 5)];
      await bench.store.plan({ epoch: bench.epoch, after: null, to: 4n, partitions });

      expect((await bench.claim('w')).map(({ min }) => min)).toEqual([2n, 4n, 1n, 3n]);
    });

    it('gives each partition to one of many that claim at once', async () => {
      await bench.plan(100);
      const claims = Array.from({ length: 20 }, (_, nth) => bench.claim(`w${nth}`, { limit: 7 }));
      const ids = (await Promise.all(claims)).flat().map(({ id }) => id);

      expect(ids).toHaveLength(100);
      expect(new Set(ids).size).toBe(100);
    });

    it('takes nothing while all is paused', async () => {
      await bench.plan(1);
      await bench.store.setPaused(true);
      expect(await bench.claim('w')).toEqual([]);
      expect(await bench.renew('w', [])).toMatchObject({ isPaused: true });

      await bench.store.setPaused(false);
      expect(await bench.claim('w')).toHaveLength(1);
    });

    it('leaves a lease that is over to the leader, unless it may preempt', async () => {
      await bench.plan(1);
      const { token } = await bench.claimOne('a');
      await bench.pass(LEASE_MS + 50);

      expect(await bench.claim('b')).toEqual([]);
      const preempted = await bench.claimOne('b', { isPreempting: true });
      expect(preempted).toMatchObject({ id: 1, workerId: 'b', attempts: 1 });
      expect(preempted.token).toBeGreaterThan(token);
    });

    it('preempts nobody whose lease lasts', async () => {
      await bench.plan(1);
      await bench.claim('a');

      expect(await bench.claim('b', { isPreempting: true })).toEqual([]);
    });

    it('gives back to a worker that died what it held, under new tokens', async () => {
      await bench.plan(3);
      const before = await bench.claim('a');
      const after = await bench.claim('a', { isReturning: true, limit: 2 });

      expect(after.map(({ id }) => id).toSorted()).toEqual([1, 2]);
      expect(await bench.statusOf(3)).toBe('pending');
      const [old] = before;
      if (old === undefined) throw new Error('nothing was claimed');
      const { id, token } = old;
      expect(await bench.store.settle([{ id, token, event: 'complete', items: 1 }])).toEqual([
        'fenced',
      ]);
    });

    it('takes the partitions that were chosen, and no others', async () => {
      await bench.plan(5);
      const first = await bench.claim('a', { ids: [4, 99, 2, 4] });
      expect(first.map(({ id }) => id)).toEqual([4, 2]);
      expect(first).toMatchObject([{ workerId: 'a', status: 'claimed' }, { version: 2 }]);
      const [taken, other] = first;
      expect(taken?.token).not.toBe(other?.token);

      const second = await bench.claim('b', { ids: [2, 3, 4, 5], limit: 1, isPreempting: true });
      expect(second.map(({ id }) => id)).toEqual([3]);
      expect(await bench.claim('b', { ids: [] })).toEqual([]);
      expect(await bench.store.counts()).toMatchObject({ pending: 2, claimed: 3 });
    });

    it('takes a chosen one from its holder when the lease is over, or as itself', async () => {
      await bench.plan(2);
      const { token } = await bench.claimOne('a', { ids: [2] });
      expect(await bench.claim('b', { ids: [2], isReturning: true })).toEqual([]);
      const own = await bench.claimOne('a', { ids: [2], isReturning: true });
      expect(own).toMatchObject({ id: 2, attempts: 1 });
      expect(own.token).toBeGreaterThan(token);
      await bench.pass(LEASE_MS + 50);

      expect(await bench.claim('b', { ids: [2] })).toEqual([]);
      expect(await bench.claim('b', { ids: [2], isPreempting: true, attemptsMax: 2 })).toEqual([]);
      const taken = await bench.claimOne('b', { ids: [2], isPreempting: true });
      expect(taken).toMatchObject({ id: 2, workerId: 'b', attempts: 2 });
    });

    it('takes no chosen one while all is paused', async () => {
      await bench.plan(1);
      await bench.store.setPaused(true);

      expect(await bench.claim('w', { ids: [1] })).toEqual([]);
    });
  });
}
