import { describe, expect, it } from 'vitest';
import { ALL, LEASE_MS, type StoreBench } from './store-bench.ts';

export function describeSettlements(bench: StoreBench): void {
  describe('a settlement', () => {
    it('starts, keeps how far it has come, and completes', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('w');
      expect(await bench.store.settle([{ id, token, event: 'start' }])).toEqual(['done']);
      expect(await bench.statusOf(id)).toBe('running');
      const checkpoint = { at: '7', deep: [1, null] };
      await bench.store.settle([{ id, token, event: 'save', checkpoint }]);
      expect(await bench.store.partition(id)).toMatchObject({ checkpoint });
      await bench.store.settle([{ id, token, event: 'complete', items: 10 }]);

      expect(await bench.store.partition(id)).toBeNull();
      expect(await bench.store.counts()).toMatchObject({ running: 0, completed: 1 });
      expect(await bench.store.completedRanges(ALL)).toEqual([{ min: 1n, max: 10n }]);
    });

    it('is refused with a token that is not the holder’s', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('a');
      await bench.pass(LEASE_MS + 50);
      await bench.claimOne('b', { isPreempting: true });

      const verdicts = await bench.store.settle([
        { id, token, event: 'save', checkpoint: 'late' },
        { id, token, event: 'complete', items: 10 },
        { id: 99, token, event: 'complete', items: 10 },
      ]);
      expect(verdicts).toEqual(['fenced', 'fenced', 'fenced']);
      expect(await bench.store.partition(id)).toMatchObject({ workerId: 'b', checkpoint: null });
    });

    it('completes once, however often it is said', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('w');
      const complete = { id, token, event: 'complete', items: 10 } as const;

      expect(await bench.store.settle([complete, complete])).toEqual(['done', 'fenced']);
      expect(await bench.store.settle([complete])).toEqual(['fenced']);
      expect(await bench.store.counts()).toMatchObject({ completed: 1 });
    });

    it('may be said again by whoever did not hear the answer', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('w');
      const said = [
        { id, token, event: 'start' },
        { id, token, event: 'save', checkpoint: 3 },
      ] as const;

      expect(await bench.store.settle([...said, ...said])).toEqual([
        'done',
        'done',
        'done',
        'done',
      ]);
      expect(await bench.statusOf(id)).toBe('running');
    });

    it('is taken of a lease that is over, as long as nobody else has begun', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('w');
      await bench.pass(LEASE_MS + 50);

      expect(await bench.store.settle([{ id, token, event: 'complete', items: 10 }])).toEqual([
        'done',
      ]);
    });

    it('lets others go on at once with what is handed back', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('a');
      await bench.store.settle([
        { id, token, event: 'save', checkpoint: 5 },
        { id, token, event: 'release', items: 4 },
      ]);

      expect(await bench.claimOne('b')).toMatchObject({
        ...{ id, attempts: 0, checkpoint: 5, items: 4 },
      });
    });

    it('makes one that failed wait until the leader says that it is due', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('w');
      await bench.store.settle([
        { id, token, event: 'fail', error: 'disk full', nextRunAtMs: 1_000 },
      ]);
      expect(await bench.store.partition(id)).toMatchObject({
        ...{ status: 'failed', error: 'disk full', attempts: 1, workerId: '' },
      });
      expect(await bench.claim('w')).toEqual([]);

      expect(await bench.tend(999)).toMatchObject({ requeued: [] });
      expect(await bench.tend(1_000)).toMatchObject({ requeued: [id] });
      expect(await bench.claimOne('w')).toMatchObject({ id, attempts: 1 });
    });

    it('buries one that failed for the last time', async () => {
      await bench.plan(1);
      const { id, token } = await bench.claimOne('w');
      await bench.store.settle([{ id, token, event: 'bury', error: 'poison' }]);

      expect(await bench.store.partition(id)).toMatchObject({ status: 'dead', error: 'poison' });
      expect(await bench.tend(Number.MAX_SAFE_INTEGER)).toMatchObject({ requeued: [] });
    });

    it('joins the ranges of what is completed, in whatever order', async () => {
      await bench.plan(4);
      const claimed = await bench.claim('w');
      for (const nth of [3, 0, 1]) {
        const { id = 0, token = 0 } = claimed[nth] ?? {};
        await bench.store.settle([{ id, token, event: 'complete', items: 10 }]);
      }

      expect(await bench.store.completedRanges(ALL)).toEqual([
        { min: 1n, max: 20n },
        { min: 31n, max: 40n },
      ]);
      expect(await bench.store.completedRanges({ min: 15n, max: 33n })).toEqual([
        { min: 15n, max: 20n },
        { min: 31n, max: 33n },
      ]);
    });
  });
}
