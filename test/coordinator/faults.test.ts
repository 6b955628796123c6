import { describe, expect, it } from 'vitest';
import type { Planner, Processor } from '../../shared/coordinator/processor.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { hasStoreCode } from '../../shared/stores/partitions/store-errors.ts';
import { CoordinatorRig, plannerTo } from './rig.ts';

const LEASE_MS = 3_000;
const FAST = {
  heartbeat_interval_ms: 1_000,
  partition_lock_expiry_ms: LEASE_MS,
  leader_lock_expiry_ms: LEASE_MS,
  allocation_interval_ms: 1_000,
};
const ONE = plannerTo(10n, 10n);
const NEVER = new AbortController().signal;

/** The store, with some of its calls done otherwise. */
function storeWith(store: PartitionStore, calls: Partial<PartitionStore>): PartitionStore {
  return new Proxy(store, {
    get: (_store, op): unknown => {
      const own: unknown = Reflect.get(calls, op);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(store, op, store);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => Reflect.apply(member, store, args);
    },
  });
}

describe('among coordinators', () => {
  it('a processor that goes on after its time is over changes nothing any more (B9)', async () => {
    const rig = new CoordinatorRig();
    const refused: unknown[] = [];
    const tokens: number[] = [];
    const { coordinator, process } = rig.open(
      'a',
      async (_min, _max, _options, { token, save }) => {
        tokens.push(token);
        if (tokens.length > 1) return 10;
        await process.sleep(60_000, NEVER);
        await save({ at: 9 }).catch((thrown: unknown) => refused.push(thrown));
        return 5;
      },
      { options: { ...FAST, task_timeout_ms: 5_000, task_grace_ms: 1_000 }, planner: ONE },
    );
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 1);
    expect(rig.timeline.nowMs).toBeLessThan(60_000);
    await rig.until(() => refused.length > 0);

    expect(refused).toMatchObject([{ kind: 'conflict' }]);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
    expect(rig.ended).toMatchObject([
      { end: { how: 'failed', isLate: true } },
      { end: { how: 'completed', items: 10 } },
    ]);
    await rig.stop(coordinator);
  });

  it('a plan that comes after the leader’s turn is refused, and no ID is planned twice (B10)', async () => {
    const rig = new CoordinatorRig();
    const outside = rig.open('clock', async () => 1).process;
    const refused: unknown[] = [];
    const slow: Planner = {
      partitionSize: async () => 10n,
      nextMaxId: async (start, size) => {
        await outside.sleep(10_000, NEVER);
        return plannerTo(100n, 10n).nextMaxId(start, size, NEVER);
      },
    };
    const store = storeWith(rig.store, {
      plan: (plan) =>
        rig.store.plan(plan).catch((thrown: unknown) => {
          refused.push(thrown);
          throw thrown;
        }),
    });
    const ids: bigint[] = [];
    const work: Processor['process'] = async (min, max) => {
      for (let id = min; id <= max; id += 1n) ids.push(id);
      return 10;
    };
    const first = rig.open('a', work, { options: FAST, planner: slow, store });
    first.coordinator.start();
    await rig.until(() => first.coordinator.candidate.turn !== null);
    first.process.pause(20_000);
    const second = rig.open('b', work, { options: FAST });
    second.coordinator.start();
    await rig.until(() => refused.length > 0);

    expect(refused.every((thrown) => hasStoreCode(thrown, 'fenced'))).toBe(true);
    await rig.until(async () => (await rig.store.counts()).completed === 10);
    expect(new Set(ids).size).toBe(100);
    expect(ids).toHaveLength(100);
    await rig.stop(first.coordinator);
    await rig.stop(second.coordinator);
  });

  it('what a dead worker held is free when the lease of the options is over (B13)', async () => {
    const rig = new CoordinatorRig();
    const first = rig.open(
      'a',
      async (_min, _max, _options, { signal }) => {
        await first.process.sleep(600_000, signal);
        return 1;
      },
      { options: FAST, planner: ONE },
    );
    first.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).running === 1);
    const second = rig.open('b', async () => 1, { options: FAST, planner: ONE });
    second.coordinator.start();
    await rig.pass(10_000);
    expect(await rig.store.counts()).toMatchObject({ running: 1 });
    first.process.kill();
    const diedMs = rig.timeline.nowMs;
    await rig.until(async () => (await rig.store.counts()).completed === 1);

    expect(rig.timeline.nowMs - diedMs).toBeLessThanOrEqual(3 * LEASE_MS);
    await rig.stop(second.coordinator);
  });

  it('what is claimed and not begun yet is renewed like all the rest (B14)', async () => {
    const rig = new CoordinatorRig();
    const store = storeWith(rig.store, {
      settle: async (all) => {
        if (all.some(({ event }) => event === 'start')) {
          throw new AppError('unavailable', 'the store is away');
        }
        return rig.store.settle(all);
      },
    });
    const first = rig.open(
      'a',
      async (_min, _max, _options, { signal }) => {
        await first.process.sleep(10 * LEASE_MS, signal);
        return 1;
      },
      { options: { ...FAST, task_window: 10 }, store },
    );
    first.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).claimed === 10);
    const stolen: unknown[] = [];
    const second = rig.open('b', async () => 1, {
      options: { ...FAST, allow_preemption: true },
      events: { claimed: (partitions) => stolen.push(...partitions) },
    });
    second.coordinator.start();
    await rig.pass(5 * LEASE_MS);
    expect(await rig.store.counts()).toMatchObject({ claimed: 10, running: 0 });
    await rig.until(async () => (await rig.store.counts()).completed === 10);

    expect(stolen).toEqual([]);
    await rig.stop(first.coordinator);
    await rig.stop(second.coordinator);
  });

  it('a turn’s duties are over before the next turn begins, and nothing is planned side by side (B19)', async () => {
    const rig = new CoordinatorRig();
    const clock = rig.open('clock', async () => 1).process;
    const planning = { now: 0, most: 0 };
    const signals = new Set<AbortSignal>();
    const deaf: Planner = {
      partitionSize: async () => 10n,
      nextMaxId: async (start, _size, signal) => {
        signals.add(signal);
        planning.now += 1;
        planning.most = Math.max(planning.most, planning.now);
        await clock.sleep(5_000, NEVER);
        planning.now -= 1;
        return start - 1n;
      },
    };
    const { coordinator } = rig.open('a', async () => 1, { options: FAST, planner: deaf });
    coordinator.start();
    for (let turns = 1; turns <= 3; turns += 1) {
      await rig.until(() => coordinator.candidate.turn !== null);
      await rig.pass(12_000);
      const { leader, epoch } = await rig.store.leadership();
      expect(epoch).toBe(turns);
      await rig.store.resign({ candidate: leader, epoch });
      await rig.until(() => coordinator.candidate.turn === null);
    }
    await rig.stop(coordinator);

    expect(planning).toEqual({ now: 0, most: 1 });
    expect(signals.size).toBe(3);
    expect([...signals].every(({ aborted }) => aborted)).toBe(true);
  });

  it('a worker that stood still for long is seen again when it goes on (B21)', async () => {
    const rig = new CoordinatorRig();
    const { coordinator, process } = rig.open('a', async () => 1, { options: FAST, planner: ONE });
    coordinator.start();
    const isActive = async () => (await rig.store.workers()).some((each) => each.isActive);
    await rig.until(isActive);
    process.pause(240_000);
    await rig.pass(200_000);
    expect(await isActive()).toBe(false);
    await rig.pass(60_000);

    expect(await rig.store.workers()).toMatchObject([{ workerId: 'a', isActive: true }]);
    await rig.stop(coordinator);
  });

  it('one of them that stops takes nothing from others (B3)', async () => {
    const rig = new CoordinatorRig();
    const busy = rig.open(
      'a',
      async (_min, _max, _options, { signal }) => {
        await busy.process.sleep(60_000, signal);
        return 1;
      },
      { options: FAST, planner: ONE },
    );
    busy.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).running === 1);
    const options = { ...FAST, allow_preemption: true };
    const idle = rig.open('b', async () => 1, { options, planner: ONE });
    const other = rig.open('c', async () => 1, { options, planner: ONE });
    idle.coordinator.start();
    other.coordinator.start();
    await rig.pass(5_000);
    await rig.stop(idle.coordinator);
    await rig.until(async () => (await rig.store.counts()).completed === 1);

    expect(rig.ended).toMatchObject([{ worker: 'a', end: { how: 'completed' } }]);
    await rig.stop(busy.coordinator);
    await rig.stop(other.coordinator);
  });

  it('to start or stop twice is to do it once, and who has stopped is gone (B34)', async () => {
    const rig = new CoordinatorRig();
    const runs: bigint[] = [];
    const { coordinator } = rig.open('a', async (min) => {
      runs.push(min);
      return 1;
    });
    coordinator.start();
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 10);
    let stops = 0;
    for (let nth = 0; nth < 2; nth += 1) void coordinator.stop().then(() => (stops += 1));
    await rig.until(() => stops === 2);

    expect(runs).toHaveLength(10);
    expect(await rig.store.workers()).toEqual([]);
    expect(await rig.store.leadership()).toMatchObject({ leader: '' });
    coordinator.start();
    await rig.stop(coordinator);
    expect(await rig.store.workers()).toEqual([]);
  });

  it('one of them that is told to stop before it has begun is gone as well (B34)', async () => {
    const rig = new CoordinatorRig();
    const { coordinator } = rig.open('a', async () => 1);
    await rig.stop(coordinator);
    coordinator.start();
    await rig.pass(10_000);

    expect(await rig.store.workers()).toEqual([]);
    expect(await rig.store.planState()).toMatchObject({ plannedTo: null });
  });
});
