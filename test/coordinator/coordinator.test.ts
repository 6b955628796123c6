import { describe, expect, it } from 'vitest';
import type { Processor } from '../../shared/coordinator/processor.ts';
import { SimProcess } from '../sim/sim-process.ts';
import { CoordinatorRig, plannerTo } from './rig.ts';

const HOUR_MS = 3_600_000;

const FAST = {
  heartbeat_interval_ms: 1_000,
  partition_lock_expiry_ms: 3_000,
  leader_lock_expiry_ms: 3_000,
  allocation_interval_ms: 1_000,
};

/** Counts how many are at work at the same time. */
function counting(work: Processor['process']) {
  const seen = { now: 0, most: 0 };
  const process: Processor['process'] = async (...args) => {
    seen.now += 1;
    seen.most = Math.max(seen.most, seen.now);
    return work(...args).finally(() => (seen.now -= 1));
  };
  return { seen, process };
}

const NEVER = new AbortController().signal;

describe('a coordinator', () => {
  it('works off all that is planned, each ID once', async () => {
    const rig = new CoordinatorRig();
    const ids: bigint[] = [];
    const { coordinator } = rig.open('a', async (min, max) => {
      for (let id = min; id <= max; id += 1n) ids.push(id);
      return Number(max - min) + 1;
    });
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 10);
    await rig.stop(coordinator);

    expect(ids.toSorted((a, b) => Number(a - b))).toEqual(
      Array.from({ length: 100 }, (_, nth) => BigInt(nth + 1)),
    );
    expect(await rig.store.workers()).toEqual([]);
    expect(await rig.store.leadership()).toMatchObject({ leader: '' });
  });

  it('has as many partitions at work at a time as its window is wide (B2)', async () => {
    const rig = new CoordinatorRig();
    const clock = rig.open('clock', async () => 0).process;
    const { seen, process } = counting(async () => {
      await clock.sleep(200, NEVER);
      return 1;
    });
    const { coordinator } = rig.open('a', process, { options: { ...FAST, task_window: 5 } });
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 10);

    expect(seen.most).toBe(5);
    coordinator.worker.resize(2);
    seen.most = 0;
    await rig.stop(coordinator);
  });

  it('hands back at a stop what is unfinished, and a peer goes on from there at once (B7)', async () => {
    const rig = new CoordinatorRig();
    const options = { ...FAST, partition_lock_expiry_ms: 600_000 };
    const planner = plannerTo(10n, 10n);
    const first = rig.open(
      'a',
      async (_min, _max, _options, { signal, save }) => {
        await save({ at: 4 });
        await rig.open('clock', async () => 0).process.sleep(600_000, signal);
        throw new Error('told to end');
      },
      { options, planner },
    ).coordinator;
    first.start();
    await rig.until(async () => (await rig.store.counts()).running === 1);
    await rig.stop(first);
    expect(await rig.store.partition(1)).toMatchObject({
      ...{ status: 'pending', attempts: 0, error: '', checkpoint: { at: 4 } },
    });

    const seen: unknown[] = [];
    const before = rig.timeline.nowMs;
    const second = rig.open(
      'b',
      async (_min, _max, _options, { checkpoint }) => {
        seen.push(checkpoint);
        return 1;
      },
      { options, planner },
    ).coordinator;
    second.start();
    await rig.until(async () => (await rig.store.counts()).completed === 1);

    expect(seen).toEqual([{ at: 4 }]);
    expect(rig.timeline.nowMs - before).toBeLessThan(10_000);
    await rig.stop(second);
  });

  it('tries one that failed again, later and later, until it is dead (B27)', async () => {
    const rig = new CoordinatorRig();
    const atMs: number[] = [];
    const { coordinator } = rig.open(
      'a',
      async () => {
        atMs.push(rig.timeline.nowMs);
        throw new Error('disk full');
      },
      {
        options: { ...FAST, attempts_max: 4, retry_first_ms: 10_000 },
        planner: plannerTo(10n, 10n),
      },
    );
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).dead === 1);

    const waits = atMs.slice(1).map((ms, nth) => ms - (atMs[nth] ?? 0));
    expect(waits).toHaveLength(3);
    expect(waits.toSorted((x, y) => x - y)).toEqual(waits);
    expect(await rig.store.partition(1)).toMatchObject({ attempts: 4, error: 'disk full' });
    await rig.stop(coordinator);
  });

  it('lets a task take longer than a lease, as long as it is renewed (B9)', async () => {
    const rig = new CoordinatorRig();
    const { coordinator, process } = rig.open(
      'a',
      async () => {
        await process.sleep(60_000, NEVER);
        return 1;
      },
      { options: FAST, planner: plannerTo(10n, 10n) },
    );
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 1);

    expect(rig.ended).toMatchObject([{ id: 1, end: { how: 'completed' } }]);
    await rig.stop(coordinator);
  });

  it('ends a task that takes longer than it may', async () => {
    const rig = new CoordinatorRig();
    const { coordinator, process } = rig.open(
      'a',
      async (_min, _max, _options, { signal }) => {
        await process.sleep(60_000, signal);
        if (signal.aborted) throw new Error('told to end');
        return 1;
      },
      {
        options: { ...FAST, task_timeout_ms: 5_000, attempts_max: 1 },
        planner: plannerTo(10n, 10n),
      },
    );
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).dead === 1);

    expect(await rig.store.partition(1)).toMatchObject({ error: 'not done within 5000 ms' });
    await rig.stop(coordinator);
  });

  it('tells the processor when the partition is not its own any more (B11)', async () => {
    const rig = new CoordinatorRig();
    const reasons: unknown[] = [];
    const options = { ...FAST, allow_preemption: true };
    const planner = plannerTo(10n, 10n);
    const first = rig.open(
      'a',
      async (_min, _max, _options, { signal }) => {
        await first.process.sleep(600_000, signal);
        reasons.push(signal.reason);
        throw new Error('told to end');
      },
      { options, planner },
    );
    first.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).running === 1);
    first.process.pause(10_000);
    const second = rig.open('b', async () => 1, { options, planner });
    second.coordinator.start();
    await rig.until(async () => (await rig.store.counts()).completed === 1);
    await rig.pass(10_000);

    expect(reasons).toMatchObject([{ details: { code: 'lost' } }]);
    expect(rig.ended).toMatchObject([
      { worker: 'b', end: { how: 'completed' } },
      { worker: 'a', end: { how: 'lost' } },
    ]);
    await rig.stop(first.coordinator);
    await rig.stop(second.coordinator);
  });

  it('neither steals nor loses a partition by a clock that is an hour off (B12)', async () => {
    const rig = new CoordinatorRig();
    const options = { ...FAST, allow_preemption: true };
    const planner = plannerTo(20n, 10n);
    const ways = [
      { worker: 'right', wallMs: 0 },
      { worker: 'late', wallMs: -HOUR_MS },
      { worker: 'early', wallMs: HOUR_MS },
    ];
    const all = ways.map(({ worker, wallMs }) => {
      const clock = new SimProcess(rig.timeline, { wallMs, rate: 1 });
      const opened = rig.open(
        worker,
        async (_min, _max, _options, { signal }) => {
          await clock.sleep(10 * FAST.partition_lock_expiry_ms, signal);
          return 10;
        },
        { options, planner, clock },
      );
      opened.coordinator.start();
      return opened.coordinator;
    });
    await rig.until(async () => (await rig.store.counts()).completed === 2);

    expect(rig.ended.map(({ end: { how } }) => how)).toEqual(['completed', 'completed']);
    for (const coordinator of all) await rig.stop(coordinator);
  });

  it('claims nothing while what it claims fails, and marks nothing as failed that never ran (B28)', async () => {
    const rig = new CoordinatorRig();
    let runs = 0;
    let isBroken = true;
    const { coordinator } = rig.open(
      'a',
      async () => {
        runs += 1;
        if (isBroken) throw new Error('the database is away');
        return 1;
      },
      { options: { ...FAST, retry_first_ms: 600_000, retry_max_ms: 600_000 } },
    );
    coordinator.start();
    await rig.pass(20_000);
    expect(runs).toBe(5);
    expect(await rig.store.counts()).toMatchObject({ failed: 5, pending: 5 });

    isBroken = false;
    await rig.until(async () => (await rig.store.counts()).completed === 10);
    await rig.stop(coordinator);
  });

  it('does what is queued as a command once', async () => {
    const rig = new CoordinatorRig();
    let isBroken = true;
    const { coordinator } = rig.open(
      'a',
      async () => {
        if (isBroken) throw new Error('no');
        return 1;
      },
      { options: { ...FAST, attempts_max: 1 }, planner: plannerTo(10n, 10n) },
    );
    coordinator.start();
    await rig.until(async () => (await rig.store.counts()).dead === 1);
    isBroken = false;
    await rig.store.submit({ id: 'c', retry: { ids: null, isForced: false, limit: 10 } });
    await rig.until(async () => (await rig.store.counts()).completed === 1);

    expect(await rig.store.command('c')).toMatchObject({ done: { retried: { retried: [1] } } });
    await rig.stop(coordinator);
  });

  it('has a new leader within the lease and a fifth of it after the old one died (B18)', async () => {
    const rig = new CoordinatorRig();
    const first = rig.open('a', async () => 1, { options: FAST });
    first.coordinator.start();
    await rig.until(() => first.coordinator.candidate.turn !== null);
    const second = rig.open('b', async () => 1, { options: FAST });
    second.coordinator.start();
    await rig.pass(5_000);
    first.process.kill();
    const diedMs = rig.timeline.nowMs;
    await rig.until(() => second.coordinator.candidate.turn !== null);

    expect(rig.timeline.nowMs - diedMs).toBeLessThanOrEqual(1.2 * FAST.leader_lock_expiry_ms);
    await rig.stop(second.coordinator);
  });

  it('lists a worker that was killed for so long as it is told, and forgets it then', async () => {
    const rig = new CoordinatorRig();
    const options = { ...FAST, worker_forget_after_ms: 10 * 60_000 };
    const dead = rig.open('a', async () => 1, { options });
    dead.coordinator.start();
    await rig.until(async () => (await rig.store.workers()).length === 1);
    const { coordinator } = rig.open('b', async () => 1, { options });
    coordinator.start();
    dead.process.kill();
    const workers = async () =>
      (await rig.store.workers()).map(({ workerId, isActive }) => ({ workerId, isActive }));
    await rig.pass(9 * 60_000);
    expect(await workers()).toEqual([
      { workerId: 'a', isActive: false },
      { workerId: 'b', isActive: true },
    ]);
    await rig.pass(2 * 60_000);

    expect(await workers()).toEqual([{ workerId: 'b', isActive: true }]);
    expect(rig.troubles).toEqual([]);
    await rig.stop(coordinator);
  });

  it('leads no more when it stood still for longer than its lease (B10)', async () => {
    const rig = new CoordinatorRig();
    const first = rig.open('a', async () => 1, { options: FAST });
    first.coordinator.start();
    await rig.until(() => first.coordinator.candidate.turn !== null);
    const epoch = first.coordinator.candidate.turn?.epoch ?? 0;
    const second = rig.open('b', async () => 1, { options: FAST });
    second.coordinator.start();
    first.process.pause(20_000);
    await rig.until(() => second.coordinator.candidate.turn !== null);
    expect(second.coordinator.candidate.turn?.epoch).toBe(epoch + 1);
    await rig.pass(25_000);

    expect(first.coordinator.candidate.turn).toBeNull();
    await rig.stop(first.coordinator);
    await rig.stop(second.coordinator);
  });
});
