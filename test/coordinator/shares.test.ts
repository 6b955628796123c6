import { describe, expect, it } from 'vitest';
import type { Coordinator } from '../../shared/coordinator/coordinator.ts';
import type { Planner, Processor } from '../../shared/coordinator/processor.ts';
import { CoordinatorRig, plannerTo } from './rig.ts';

const FAST = {
  heartbeat_interval_ms: 1_000,
  partition_lock_expiry_ms: 3_000,
  leader_lock_expiry_ms: 3_000,
  allocation_interval_ms: 1_000,
};

describe('the shares of workers', () => {
  it('are the same for all that are there', async () => {
    const rig = new CoordinatorRig();
    const options = { ...FAST, task_window: 50, worker_partition_multiple: 10 };
    const held: Record<string, number> = {};
    const planner = plannerTo(400n, 10n);
    const later: Planner = {
      ...planner,
      nextMaxId: async (start, size, signal) =>
        rig.timeline.nowMs < 2_500 ? 0n : planner.nextMaxId(start, size, signal),
    };
    const coordinators: Coordinator[] = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      const process: Processor['process'] = async (_min, _max, _options, { signal }) => {
        held[name] = (held[name] ?? 0) + 1;
        await rig.open('clock', async () => 0).process.sleep(60_000, signal);
        return 1;
      };
      const { coordinator } = rig.open(name, process, { options, planner: later });
      coordinators.push(coordinator);
      coordinator.start();
    }
    await rig.pass(10_000);

    expect(Object.values(held).toSorted((x, y) => x - y)).toEqual([10, 10, 10, 10]);
    for (const coordinator of coordinators) await rig.stop(coordinator);
  });

  it.each([
    { delayMs: 0, moved: 20, does: 'are taken over at once when one has gone' },
    { delayMs: 60_000, moved: 0, does: 'are left alone when one is about to come back' },
  ])('$does, with a delay of $delayMs ms', async ({ delayMs, moved }) => {
    const rig = new CoordinatorRig();
    const claims: Record<string, number> = { a: 0, b: 0 };
    const options = {
      ...{ ...FAST, task_window: 50, worker_partition_multiple: 20 },
      rebalance_delay_ms: delayMs,
    };
    const isReady = () => rig.timeline.nowMs > 2_500;
    const planner: Planner = {
      ...plannerTo(400n, 10n),
      nextMaxId: async () => (isReady() ? 400n : 0n),
    };
    const open = (name: string) => {
      const { coordinator, process } = rig.open(
        name,
        async (_min, _max, _options, { signal }) => {
          await process.sleep(3_600_000, signal);
          throw new Error('told to end');
        },
        {
          ...{ options, planner },
          events: { claimed: ({ length }) => (claims[name] = (claims[name] ?? 0) + length) },
        },
      );
      coordinator.start();
      return coordinator;
    };
    const [a, b] = [open('a'), open('b')];
    await rig.until(async () => (await rig.store.counts()).running === 40);
    expect(claims).toEqual({ a: 20, b: 20 });
    await rig.stop(b);
    await rig.pass(20_000);
    expect(claims).toEqual({ a: 20 + moved, b: 20 });
    const again = open('b');
    await rig.pass(20_000);
    expect(claims).toEqual({ a: 20 + moved, b: 40 - moved });
    await rig.stop(a);
    await rig.stop(again);
  });
});
