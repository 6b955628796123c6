import { describe, expect, it } from 'vitest';
import { hasStoreCode } from '../../../shared/stores/partitions/store-errors.ts';
import { LEASE_MS, type StoreBench } from './store-bench.ts';

export function describeTending(bench: StoreBench): void {
  describe('the leader', () => {
    it('takes back what a lease has run out on, and counts it as an attempt', async () => {
      await bench.plan(1);
      await bench.claim('w');
      expect(await bench.tend()).toMatchObject({ expired: [], buried: [] });
      await bench.pass(LEASE_MS + 50);

      expect(await bench.tend()).toEqual({ expired: [1], buried: [], requeued: [] });
      expect(await bench.store.partition(1)).toMatchObject({
        ...{ status: 'pending', attempts: 1, workerId: '', error: 'the lease of w ran out' },
      });
    });

    it('buries one whose holders were lost too often', async () => {
      await bench.plan(1);
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        await bench.claimOne('w');
        await bench.pass(LEASE_MS + 50);
        expect(await bench.tend()).toMatchObject({ expired: [1], buried: [] });
      }
      await bench.claimOne('w');
      await bench.pass(LEASE_MS + 50);

      expect(await bench.claim('x', { isPreempting: true })).toEqual([]);
      expect(await bench.tend()).toMatchObject({ expired: [], buried: [1] });
      expect(await bench.statusOf(1)).toBe('dead');
    });

    it('is refused when its turn is over', async () => {
      await bench.store.resign({ candidate: 'leader', epoch: bench.epoch });
      await bench.store.campaign({ candidate: 'next', leaseMs: 60_000 });

      for (const call of [bench.tend(), bench.store.fill({ epoch: bench.epoch, partitions: [] })]) {
        const refused = await call.catch((thrown: unknown) => thrown);
        expect(hasStoreCode(refused, 'fenced')).toBe(true);
      }
    });
  });
}
