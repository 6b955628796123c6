import { describe, expect, it } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { expiry, instance, type RegistryBench } from './registry-bench.ts';

const OWNED_MS = 60_000;

export function describeTurns(bench: RegistryBench): void {
  /** Takes a turn that is certainly free. */
  async function turnOf(owner: string, leaseMs = OWNED_MS): Promise<number> {
    const epoch = await bench.store.own(owner, leaseMs);
    if (epoch === null) throw new Error('somebody else has the turn');
    return epoch;
  }

  /** Tries to end the lease of an instance by that epoch. */
  async function ends(id: string, epoch: number, isOverdue = true) {
    const [outcome] = await bench.store.write([expiry(await bench.get(id), { epoch, isOverdue })]);
    return outcome?.isDone === true ? 'done' : outcome?.why;
  }

  describe('the turn to expire instances', () => {
    it('is had by one, who may keep it', async () => {
      const other = await bench.another();
      const epoch = await turnOf('a');

      expect(epoch).toBeGreaterThan(0);
      expect(await other.own('b', OWNED_MS)).toBeNull();
      expect(await bench.store.own('a', OWNED_MS)).toBe(epoch);
      expect(await other.own('b', OWNED_MS)).toBeNull();
    });

    it('is had by one of two who take it at once', async () => {
      const other = await bench.another();
      const epochs = await Promise.all([
        ...[bench.store.own('a', OWNED_MS), other.own('b', OWNED_MS)],
      ]);

      expect(epochs.filter((epoch) => epoch === null)).toHaveLength(1);
    });

    it('is free when it is given up, by nobody else than who has it', async () => {
      const epoch = await turnOf('a');
      await bench.store.disown('b');
      expect(await bench.store.own('b', OWNED_MS)).toBeNull();
      await bench.store.disown('a');
      await bench.store.disown('a');

      expect(await turnOf('b')).toBeGreaterThan(epoch);
    });

    it('is another one of the same owner after it was given up', async () => {
      const epoch = await turnOf('a');
      await bench.store.disown('a');

      expect(await turnOf('a')).toBeGreaterThan(epoch);
    });

    it('is free when its time is over', async () => {
      const epoch = await turnOf('a', bench.rig.shortMs);
      await bench.rig.pass(bench.rig.shortMs);
      const next = await waitFor('the end of the turn', () => bench.store.own('b', OWNED_MS));

      expect(next).toBeGreaterThan(epoch);
      expect(await bench.store.own('a', OWNED_MS)).toBeNull();
    });

    it('lets who has it end leases, and nobody of a turn before', async () => {
      await bench.putEnded('web-1', 'web-2', 'web-3');
      const before = await turnOf('a');
      expect(await ends('web-1', before)).toBe('done');
      await bench.store.disown('a');

      expect(await ends('web-2', before)).toBe('fenced');
      const now = await turnOf('a');
      expect(await ends('web-2', before)).toBe('fenced');
      expect(await ends('web-3', before, false)).toBe('fenced');
      expect(await ends('web-2', now)).toBe('done');
      expect(await bench.get('web-3')).toMatchObject({ record: { lifecycle: 'up' } });
    });

    it('lets nobody end leases whose time is over, though nobody else has taken it', async () => {
      const { shortMs } = bench.rig;
      await bench.put(instance('web-1'));
      const epoch = await turnOf('a', shortMs);
      await bench.rig.pass(shortMs);

      await waitFor('the end of the turn', async () => {
        const { record, revision } = await bench.get('web-1');
        const same = {
          id: 'web-1',
          expected: revision,
          record,
          lease: 'keep',
          event: null,
        } as const;
        const [outcome] = await bench.store.write([
          { ...same, fence: { epoch, isOverdue: false } },
        ]);
        return outcome?.isDone === false && outcome.why === 'fenced';
      });
      expect(await ends('web-1', epoch, false)).toBe('fenced');
    });

    it('lets who has it change what is not overdue, where that is meant', async () => {
      await bench.put(instance('web-1'));
      const epoch = await turnOf('a');

      expect(await ends('web-1', epoch, true)).toBe('renewed');
      expect(await ends('web-1', epoch, false)).toBe('done');
    });

    it('is no excuse for what has changed', async () => {
      await bench.putEnded('web-1');
      const there = await bench.get('web-1');
      const epoch = await turnOf('a');
      const { record, revision } = there;
      await bench.put({ ...record, weight: 3 }, { expected: revision, lease: 'keep' });

      const [outcome] = await bench.store.write([expiry(there, { epoch, isOverdue: true })]);
      expect(outcome).toMatchObject({
        ...{ isDone: false, why: 'changed', there: { record: { weight: 3 } } },
      });
    });
  });
}
