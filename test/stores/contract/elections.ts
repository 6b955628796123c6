import { describe, expect, it } from 'vitest';
import { LEASE_MS, type StoreBench } from './store-bench.ts';

export function describeElections(bench: StoreBench): void {
  describe('an election', () => {
    it('has one winner, and tells the others who it is', async () => {
      const seen = await bench.store.campaign({ candidate: 'other', leaseMs: LEASE_MS });

      expect(seen).toMatchObject({ leader: 'leader', epoch: bench.epoch });
      expect(seen.leftMs).toBeGreaterThan(0);
    });

    it('begins a new epoch with each turn, also of the same candidate', async () => {
      await bench.store.resign({ candidate: 'leader', epoch: bench.epoch });
      const next = await bench.store.campaign({ candidate: 'leader', leaseMs: LEASE_MS });

      expect(next).toMatchObject({ leader: 'leader', epoch: bench.epoch + 1 });
    });

    it('is open when the lease is over', async () => {
      await bench.store.resign({ candidate: 'leader', epoch: bench.epoch });
      await bench.store.campaign({ candidate: 'short', leaseMs: LEASE_MS });
      await bench.pass(LEASE_MS + 50);

      expect(await bench.store.leadership()).toMatchObject({ leader: '', leftMs: 0 });
      expect(await bench.store.campaign({ candidate: 'next', leaseMs: LEASE_MS })).toMatchObject({
        leader: 'next',
      });
    });

    it('lets only the winner renew, and only in its turn', async () => {
      const leaseMs = 60_000;
      expect(
        await bench.store.renewLeadership({ candidate: 'leader', epoch: bench.epoch, leaseMs }),
      ).toBe(true);
      expect(
        await bench.store.renewLeadership({ candidate: 'other', epoch: bench.epoch, leaseMs }),
      ).toBe(false);
      const late = { candidate: 'leader', epoch: bench.epoch - 1, leaseMs };
      expect(await bench.store.renewLeadership(late)).toBe(false);
    });

    it('does not let a lease that is over be renewed', async () => {
      await bench.store.resign({ candidate: 'leader', epoch: bench.epoch });
      const turn = await bench.store.campaign({ candidate: 'short', leaseMs: LEASE_MS });
      await bench.pass(LEASE_MS + 50);

      const renewal = { candidate: 'short', epoch: turn.epoch, leaseMs: LEASE_MS };
      expect(await bench.store.renewLeadership(renewal)).toBe(false);
    });

    it('takes a resignation from the present leader only', async () => {
      await bench.store.resign({ candidate: 'leader', epoch: bench.epoch - 1 });
      await bench.store.resign({ candidate: 'other', epoch: bench.epoch });

      expect(await bench.store.leadership()).toMatchObject({
        leader: 'leader',
        epoch: bench.epoch,
      });
    });
  });
}
