import { describe, expect, it } from 'vitest';
import type { PiecePlanner } from '../../shared/coordinator/processor.ts';
import { CoordinatorRig } from './rig.ts';

const OPTIONS = {
  heartbeat_interval_ms: 1_000,
  partition_lock_expiry_ms: 3_000,
  leader_lock_expiry_ms: 3_000,
  allocation_interval_ms: 1_000,
  pending_max: 5,
};

describe('a coordinator of work that is not told by numbers', () => {
  it('plans each piece once, whoever leads', async () => {
    const rig = new CoordinatorRig();
    const files = Array.from({ length: 12 }, (_, nth) => `file-${nth}`);
    const planner: PiecePlanner = {
      nextPieces: async (mark, limit) => {
        const start = mark === '' ? 0 : Number(mark);
        const pieces = files.slice(start, start + limit).map((file) => ({ options: { file } }));
        return { pieces, mark: String(start + pieces.length) };
      },
    };
    const read: unknown[] = [];
    const open = (worker: string) =>
      rig.open(
        worker,
        async (min, max, { file }) => {
          read.push(file);
          return Number(max - min) + 1;
        },
        { planner, options: OPTIONS },
      );
    const first = open('a');
    first.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed > 2);
    first.process.kill();
    const second = open('b');
    second.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === files.length);

    expect(new Set(read)).toEqual(new Set(files));
    expect(await rig.store.planState()).toMatchObject({ plannedTo: 12n, mark: '12' });
    await rig.stop(second.coordinator);
  });
});
