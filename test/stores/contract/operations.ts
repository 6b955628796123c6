import { describe, expect, it } from 'vitest';
import type { PartitionStore } from '../../../shared/stores/partitions/partition-store.ts';
import { hasStoreCode } from '../../../shared/stores/partitions/store-errors.ts';
import { LEASE_MS, type StoreBench } from './store-bench.ts';

export function describeOperations(bench: StoreBench): void {
  describe('an operation', () => {
    it('retries what failed or is dead, and skips the rest (B1)', async () => {
      await bench.plan(4);
      const [a, b, c] = await bench.claim('w', { limit: 3 });
      if (a === undefined || b === undefined || c === undefined) throw new Error('too few');
      await bench.store.settle([
        { id: a.id, token: a.token, event: 'fail', error: 'x', nextRunAtMs: 1e15 },
        { id: b.id, token: b.token, event: 'bury', error: 'y' },
      ]);
      const which = { ids: [a.id, b.id, c.id, 4, 99], isForced: false, limit: 100 };

      expect(await bench.store.retry(which)).toEqual({ retried: [1, 2], skipped: [3, 4] });
      expect(await bench.store.partition(2)).toMatchObject({ status: 'pending', attempts: 0 });
    });

    it('retries all that failed when no IDs are given', async () => {
      await bench.plan(3);
      const claimed = await bench.claim('w', { limit: 2 });
      await bench.store.settle(
        claimed.map(({ id, token }) => ({ id, token, event: 'bury', error: 'y' }) as const),
      );

      const all = { ids: null, isForced: false, limit: 100 };
      expect(await bench.store.retry(all)).toEqual({ retried: [1, 2], skipped: [] });
      expect(await bench.store.counts()).toMatchObject({ pending: 3, dead: 0 });
    });

    it('retries by force also what is stale, and nothing that is alive', async () => {
      await bench.plan(2);
      await bench.claimOne('a', { leaseMs: 60_000 });
      const stale = await bench.claimOne('b');
      await bench.pass(LEASE_MS + 50);
      const which = { ids: [1, 2], isForced: true, limit: 100 };

      expect(await bench.store.retry(which)).toEqual({ retried: [2], skipped: [1] });
      const { id, token } = stale;
      expect(await bench.store.settle([{ id, token, event: 'complete', items: 1 }])).toEqual([
        'fenced',
      ]);
    });

    it('cancels what is not completed; its holder is told so', async () => {
      await bench.plan(2);
      const held = await bench.claimOne('w');

      expect(await bench.store.cancel([1, 2, 99], 'not wanted')).toEqual([1, 2]);
      expect(await bench.store.cancel([1], 'again')).toEqual([]);
      expect(await bench.renew('w', [held])).toMatchObject({ lost: [1] });
      expect(await bench.store.partition(2)).toMatchObject({ status: 'dead', error: 'not wanted' });
      expect(await bench.claim('w')).toEqual([]);
    });

    it('removes partitions, and what was held of them', async () => {
      await bench.plan(2);
      const held = await bench.claimOne('w');

      expect(await bench.store.remove([1, 2, 99])).toEqual([1, 2]);
      expect(await bench.renew('w', [held])).toMatchObject({ lost: [1] });
      expect(await bench.store.partitions({ limit: 10 })).toEqual([]);
      expect(await bench.claim('w')).toEqual([]);
    });

    it('makes partitions with IDs of one’s own, once', async () => {
      const of = (id: number, min: bigint) => ({
        ...{ id, min, max: min + 9n, options: { own: true }, priority: 0 },
      });
      const made = await bench.store.create([of(7, 1n), of(9, 11n)]);
      expect(made).toMatchObject([
        { id: 7, min: 1n, status: 'pending', options: { own: true } },
        { id: 9, min: 11n },
      ]);
      expect(await bench.store.create([of(7, 1n), of(11, 21n)])).toMatchObject([
        { id: 7 },
        { id: 11 },
      ]);
      expect(await bench.store.counts()).toMatchObject({ pending: 3 });

      const refused = bench.store.create([of(12, 31n), of(9, 99n)]);
      await expect(refused).rejects.toMatchObject({ kind: 'conflict' });
      expect(await bench.store.partition(12)).toBeNull();
      await bench.plan(1);
      expect(await bench.store.partition(12)).toMatchObject({ status: 'pending' });
    });

    it('does not make again what is completed', async () => {
      const partition = { id: 3, min: 1n, max: 9n, options: {}, priority: 0 };
      await bench.store.create([partition]);
      const { id, token } = await bench.claimOne('w');
      await bench.store.settle([{ id, token, event: 'complete', items: 9 }]);

      expect(await bench.store.create([partition])).toEqual([]);
      expect(await bench.store.isCompleted(3)).toBe(true);
      expect(await bench.store.isCompleted(2)).toBe(false);
      expect(await bench.store.counts()).toMatchObject({ pending: 0, completed: 1 });
    });

    it('changes options and priority of the version that was seen', async () => {
      await bench.plan(3);
      const edited = await bench.store.edit(3, { priority: 9, options: { a: 1 } }, 1);
      expect(edited).toMatchObject({ priority: 9, options: { a: 1 }, version: 2 });
      const late = await bench.store.edit(3, { priority: 1 }, 1).catch((thrown: unknown) => thrown);
      expect(hasStoreCode(late, 'version')).toBe(true);
      await expect(bench.store.edit(99, {}, null)).rejects.toMatchObject({ kind: 'not_found' });

      expect(await bench.claimOne('w')).toMatchObject({ id: 3, options: { a: 1 } });
      expect(await bench.store.edit(3, { options: {} }, null)).toMatchObject({ priority: 9 });
    });

    it('is done once as a command, however often that is asked for', async () => {
      await bench.plan(1);
      const bury = async () => {
        const { id, token } = await bench.claimOne('w');
        await bench.store.settle([{ id, token, event: 'bury', error: 'y' }]);
      };
      await bury();
      const command = { id: 'c-1', retry: { ids: [1], isForced: false, limit: 10 } };
      expect(await bench.store.submit(command)).toMatchObject({ id: 'c-1', done: null });
      expect(await bench.store.pendingCommands(10)).toMatchObject([{ id: 'c-1' }]);

      const done = { done: { retried: { retried: [1], skipped: [] } } };
      expect(await bench.store.execute('c-1')).toMatchObject(done);
      await bury();
      expect(await bench.store.execute('c-1')).toMatchObject(done);
      expect(await bench.store.submit(command)).toMatchObject(done);
      expect(await bench.store.command('c-1')).toMatchObject({ ...command, ...done });
      expect(await bench.statusOf(1)).toBe('dead');
      expect(await bench.store.pendingCommands(10)).toEqual([]);
    });

    it('forgets commands that were done long ago, and none that is not done', async () => {
      const retry = { ids: null, isForced: false, limit: 10 };
      for (const id of ['a', 'b']) await bench.store.submit({ id, retry });
      await bench.store.execute('a');
      await bench.store.forgetCommands(0);
      expect(await bench.store.command('a')).not.toBeNull();
      await bench.store.forgetCommands(Number.MAX_SAFE_INTEGER);

      expect(await bench.store.command('a')).toBeNull();
      expect(await bench.store.execute('a')).toBeNull();
      expect(await bench.store.pendingCommands(10)).toMatchObject([{ id: 'b' }]);
    });

    it('lists page by page what is asked for', async () => {
      await bench.plan(5);
      await bench.claim('w', { limit: 2 });
      const ids = async (filter: Parameters<PartitionStore['partitions']>[0]) =>
        (await bench.store.partitions(filter)).map(({ id }) => id);

      expect(await ids({ limit: 2 })).toEqual([1, 2]);
      expect(await ids({ limit: 2, afterId: 2 })).toEqual([3, 4]);
      expect(await ids({ limit: 9, statuses: ['claimed'] })).toEqual([1, 2]);
      expect(await ids({ limit: 9, workerId: 'w', statuses: ['pending'] })).toEqual([]);
      expect(await ids({ limit: 9, ids: [5, 3, 77] })).toEqual([3, 5]);
    });

    it('lists of chosen ones those that fit the rest, too', async () => {
      await bench.plan(4);
      const held = await bench.claimOne('w');
      const chosen = { ids: [held.id, 2, 3, 99], limit: 10 };

      const listed = await bench.store.partitions({ ...chosen, statuses: ['pending'] });
      expect(listed.map(({ id }) => id)).toEqual([2, 3]);
      const own = await bench.store.partitions({ ...chosen, workerId: 'w' });
      expect(own.map(({ id }) => id)).toEqual([held.id]);
      const later = await bench.store.partitions({ ...chosen, afterId: 2 });
      expect(later.map(({ id }) => id)).toEqual([3]);
    });

    it('counts as many as there are', async () => {
      await bench.plan(6);
      const [a, b] = await bench.claim('w', { limit: 3 });
      if (a === undefined || b === undefined) throw new Error('too few');
      await bench.store.settle([
        { id: a.id, token: a.token, event: 'complete', items: 1 },
        { id: b.id, token: b.token, event: 'fail', error: 'x', nextRunAtMs: 0 },
      ]);
      await bench.store.remove([6]);
      const are = { pending: 2, claimed: 1, running: 0, completed: 1, failed: 1, dead: 0 };

      expect(await bench.store.counts()).toEqual(are);
      expect(await bench.store.recount()).toEqual({ were: are, are });
    });

    it('keeps the counts right when partitions are handed back, preempted and removed (B6)', async () => {
      await bench.plan(5);
      const [a, b, c] = await bench.claim('w', { limit: 3 });
      if (a === undefined || b === undefined || c === undefined) throw new Error('too few');
      await bench.store.settle([
        { id: a.id, token: a.token, event: 'release', items: 0 },
        { id: b.id, token: b.token, event: 'start' },
      ]);
      await bench.pass(LEASE_MS + 50);
      await bench.claim('x', { limit: 5, isPreempting: true });
      await bench.store.remove([b.id, c.id]);
      const are = { pending: 0, claimed: 3, running: 0, completed: 0, failed: 0, dead: 0 };

      expect(await bench.store.counts()).toEqual(are);
      expect(await bench.store.recount()).toEqual({ were: are, are });
    });
  });
}
