import { describe, expect, it } from 'vitest';
import { LEASE_MS, type StoreBench } from './store-bench.ts';

export function describeRenewals(bench: StoreBench): void {
  describe('a renewal', () => {
    it('keeps a lease', async () => {
      await bench.plan(1);
      const held = await bench.claim('w');
      for (let beat = 0; beat < 4; beat += 1) {
        await bench.pass(LEASE_MS / 2);
        expect(await bench.renew('w', held)).toMatchObject({ lost: [] });
      }

      expect(await bench.claim('x', { isPreempting: true })).toEqual([]);
      expect(await bench.tend()).toMatchObject({ expired: [] });
    });

    it('tells what is lost, and what there is to share', async () => {
      await bench.plan(3);
      const [first, second] = await bench.claim('a', { limit: 2 });
      await bench.pass(LEASE_MS + 50);
      await bench.claim('b', { isPreempting: true, limit: 2 });
      await bench.renew('b', []);

      const held = [first, second].filter((each) => each !== undefined);
      expect(await bench.renew('a', held)).toMatchObject({
        ...{ activeWorkers: 2, shareable: 3, isPaused: false },
      });
      const { lost } = await bench.renew('a', held);
      expect(lost.length).toBeGreaterThan(0);
    });

    it('makes a worker active for as long as it was told', async () => {
      await bench.renew('a', []);
      expect(await bench.store.workers()).toMatchObject([
        { workerId: 'a', isActive: true, held: 0 },
      ]);
      await bench.pass(LEASE_MS + 50);
      expect(await bench.store.workers()).toMatchObject([{ workerId: 'a', isActive: false }]);

      await bench.renew('a', []);
      expect(await bench.store.workers()).toMatchObject([{ workerId: 'a', isActive: true }]);
      await bench.store.leave('a');
      expect(await bench.store.workers()).toEqual([]);
    });

    it('by a worker that was forgotten makes it a new one; active ones are not forgotten', async () => {
      const names = async () => (await bench.store.workers()).map(({ workerId }) => workerId);
      await bench.renew('killed', []);
      await bench.pass(LEASE_MS + 50);
      await bench.store.renew({ workerId: 'b', held: [], leaseMs: 1, presenceMs: 60_000 });
      const [killed] = await bench.store.workers();

      await bench.store.forgetWorkers({ silentMs: 60_000, inactiveMax: 1 });
      expect((await names()).toSorted()).toEqual(['b', 'killed']);
      await bench.store.forgetWorkers({ silentMs: LEASE_MS, inactiveMax: 1 });
      expect(await names()).toEqual(['b']);
      await bench.store.forgetWorkers({ silentMs: 0, inactiveMax: 0 });
      expect(await names()).toEqual(['b']);

      expect(await bench.renew('killed', [])).toMatchObject({ activeWorkers: 2 });
      const back = (await bench.store.workers()).find(({ workerId }) => workerId === 'killed');
      expect(back?.sinceMs).toBeGreaterThan(killed?.sinceMs ?? Number.POSITIVE_INFINITY);
    });

    it('the longest ago is of the worker that is forgotten first when there are too many', async () => {
      const workers = Array.from({ length: 120 }, (_, nth) => `w-${String(nth).padStart(3, '0')}`);
      for (const worker of workers) await bench.renew(worker, []);
      await bench.pass(LEASE_MS + 50);

      await bench.store.forgetWorkers({ silentMs: 60_000, inactiveMax: 2 });
      const left = await bench.store.workers();
      expect(left).toHaveLength(2);
      expect(left.map(({ workerId }) => workerId)).toContain('w-119');
    });
  });
}
