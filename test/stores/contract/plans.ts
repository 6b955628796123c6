import { describe, expect, it } from 'vitest';
import { ID_MAX } from '../../../shared/domain/id-range.ts';
import { hasStoreCode } from '../../../shared/stores/partitions/store-errors.ts';
import { ALL, type StoreBench } from './store-bench.ts';

export function describePlans(bench: StoreBench): void {
  describe('a plan', () => {
    it('makes partitions that nobody has touched yet', async () => {
      await bench.plan(2);

      expect(await bench.store.planState()).toEqual({
        ...{ plannedTo: 20n, lastPartitionId: 2, mark: '', isPaused: false },
      });
      expect(await bench.store.partition(2)).toMatchObject({
        ...{ id: 2, min: 11n, max: 20n, status: 'pending', workerId: '', token: 0, version: 1 },
        ...{ attempts: 0, priority: 0, options: { nth: 1 }, checkpoint: null, error: '' },
      });
      expect(await bench.store.counts()).toMatchObject({ pending: 2, claimed: 0 });
    });

    it('is refused when it is of an earlier turn', async () => {
      await bench.store.resign({ candidate: 'leader', epoch: bench.epoch });
      await bench.store.campaign({ candidate: 'next', leaseMs: 60_000 });

      const refused = await bench.plan(1).catch((thrown: unknown) => thrown);
      expect(hasStoreCode(refused, 'fenced')).toBe(true);
      expect(await bench.store.counts()).toMatchObject({ pending: 0 });
    });

    it('is refused when something else was planned meanwhile', async () => {
      await bench.plan(1);
      const late = bench.store.plan({ epoch: bench.epoch, after: null, to: 10n, partitions: [] });

      const refused = await late.catch((thrown: unknown) => thrown);
      expect(hasStoreCode(refused, 'stale_plan')).toBe(true);
    });

    it('keeps where its planner goes on, until a plan says otherwise', async () => {
      const { store, epoch } = bench;
      expect((await store.planState()).mark).toBe('');
      await store.plan({ epoch, after: null, to: 1n, mark: '{"file": "ä\n"}', partitions: [] });
      await store.plan({ epoch, after: 1n, to: 2n, partitions: [] });
      expect((await store.planState()).mark).toBe('{"file": "ä\n"}');
      const late = { epoch, after: 1n, to: 3n, mark: 'late', partitions: [] };
      await expect(store.plan(late)).rejects.toThrow('planned is up to 2');
      await store.plan({ epoch, after: 2n, to: 3n, mark: '', partitions: [] });
      expect(await store.planState()).toMatchObject({ plannedTo: 3n, mark: '' });
    });

    it('keeps IDs of 64 bits as they are', async () => {
      const [min, max] = [ID_MAX - 5n, ID_MAX];
      const partitions = [{ min, max, options: {}, priority: 0 }];
      await bench.store.plan({ epoch: bench.epoch, after: null, to: max, partitions });
      const [partition] = await bench.claim('w');
      if (partition === undefined) throw new Error('there is nothing to claim');
      expect(partition).toMatchObject({ min, max });

      const { id, token } = partition;
      await bench.store.settle([{ id, token, event: 'complete', items: 6 }]);
      expect(await bench.store.completedRanges(ALL)).toEqual([{ min, max }]);
      expect(await bench.store.planState()).toMatchObject({ plannedTo: ID_MAX });
    });

    it('fills a gap once, and nothing that is planned or completed', async () => {
      await bench.plan(2);
      const { id, token } = await bench.claimOne('w');
      await bench.store.settle([{ id, token, event: 'complete', items: 10 }]);
      const gap = (min: bigint, max: bigint) => ({ min, max, options: {}, priority: 0 });
      const partitions = [gap(5n, 7n), gap(15n, 16n), gap(20n, 30n), gap(40n, 50n)];

      expect(await bench.store.fill({ epoch: bench.epoch, partitions })).toEqual([3]);
      expect(await bench.store.fill({ epoch: bench.epoch, partitions })).toEqual([]);
      expect(await bench.store.partition(3)).toMatchObject({ min: 40n, max: 50n });
    });
  });
}
