import { describe, expect, it } from 'vitest';
import { searchGaps } from '../../shared/coordinator/gap-search.ts';
import type { Planner } from '../../shared/coordinator/processor.ts';
import { memoryPartitionStore } from '../../shared/stores/partitions/memory/memory-partition-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { plannerTo } from './rig.ts';

const within = { min: 1n, max: 100n };

/** Ten partitions of ten IDs; the first is completed, the third and the seventh are gone. */
async function withGaps() {
  const clock = new FakeClock();
  const store = memoryPartitionStore(clock);
  const { epoch } = await store.campaign({ candidate: 'a', leaseMs: 60_000 });
  const partitions = Array.from({ length: 10 }, (_, nth) => ({
    ...{ min: BigInt(nth) * 10n + 1n, max: BigInt(nth) * 10n + 10n, options: {}, priority: 0 },
  }));
  await store.plan({ epoch, after: null, to: 100n, partitions });
  const [first] = await store.claim({
    ...{ workerId: 'w', limit: 1, leaseMs: 60_000, attemptsMax: 3 },
    ...{ isPreempting: false, isReturning: false },
  });
  const { id = 0, token = 0 } = first ?? {};
  await store.settle([{ id, token, event: 'complete', items: 10 }]);
  await store.remove([3, 7]);
  const deps = (planner: Planner) => ({
    store,
    planner,
    clock,
    signal: new AbortController().signal,
  });
  return { store, epoch, deps };
}

describe('searchGaps', () => {
  it('fills each gap once, by partitions of the planner’s size (B5, B29)', async () => {
    const { store, epoch, deps } = await withGaps();
    const search = { epoch, within, mode: 'full' } as const;
    const report = await searchGaps(search, deps(plannerTo(100n, 5n)));

    expect(report).toMatchObject({
      ...{ mode: 'full', partitionsChecked: 7, coverage: 0.8, overlaps: [] },
      gaps: [
        { min: 21n, max: 30n, previous: 2, next: 4, action: 'filled' },
        { min: 61n, max: 70n, previous: 6, next: 8, action: 'filled' },
      ],
      createdPartitions: [11, 12, 13, 14],
    });
    expect(await store.partition(12)).toMatchObject({ min: 26n, max: 30n });
    const again = await searchGaps(search, deps(plannerTo(100n, 5n)));
    expect(again).toMatchObject({ gaps: [], createdPartitions: [], coverage: 1 });
  });

  it('fills a gap that is too large for one plan piece by piece', async () => {
    const { store, epoch, deps } = await withGaps();
    await store.plan({ epoch, after: 100n, to: 3_100n, partitions: [] });
    const search = { epoch, within: { min: 101n, max: 3_100n }, mode: 'full' } as const;
    const found = [];
    for (let isMore = true; isMore; ) {
      const report = await searchGaps(search, deps(plannerTo(3_100n, 2n)));
      found.push({ made: report.createdPartitions.length, how: report.gaps[0]?.action });
      isMore = report.isMore;
    }

    expect(found).toEqual([
      { made: 1_000, how: 'left' },
      { made: 500, how: 'filled' },
    ]);
  });

  it('fills where there are data only, when the IDs are sparse', async () => {
    const { epoch, deps } = await withGaps();
    const planner: Planner = { ...plannerTo(100n, 10n), hasData: async (min) => min > 50n };
    const report = await searchGaps({ epoch, within, mode: 'discrete' }, deps(planner));

    expect(report.gaps.map(({ action }) => action)).toEqual(['left', 'filled']);
    expect(report.createdPartitions).toEqual([11]);
  });

  it('asks a strategy of one’s own', async () => {
    const { epoch, deps } = await withGaps();
    const report = await searchGaps(
      { epoch, within, mode: 'full', strategy: async (gaps) => gaps.slice(0, 1) },
      deps(plannerTo(100n, 10n)),
    );

    expect(report).toMatchObject({ mode: 'custom', createdPartitions: [11] });
  });

  it('only tells, where it is nobody’s turn', async () => {
    const { store, deps } = await withGaps();
    const report = await searchGaps(
      { epoch: null, within, mode: 'full' },
      deps(plannerTo(100n, 10n)),
    );

    expect(report.gaps.map(({ action }) => action)).toEqual(['left', 'left']);
    expect(await store.counts()).toMatchObject({ pending: 7 });
  });
});
