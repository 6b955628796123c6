import { describe, expect, it } from 'vitest';
import { systemClock } from '../kernel/clock.ts';
import { memoryPartitionStore } from '../stores/partitions/memory/memory-partition-store.ts';
import type { PartitionStore } from '../stores/partitions/partition-store.ts';
import { findPartitions } from './find-partitions.ts';

const COUNT = 25_000;

async function storeOfMany(): Promise<PartitionStore> {
  const store = memoryPartitionStore(systemClock);
  const partitions = Array.from({ length: COUNT }, (_, nth) => ({
    ...{ id: nth + 1, min: BigInt(nth), max: BigInt(nth), options: {}, priority: 0 },
  }));
  await store.create(partitions);
  return store;
}

describe('findPartitions', () => {
  it('goes on behind what was found, and knows when there is nothing more', async () => {
    const store = await storeOfMany();
    const search = { idMin: 10, idMax: 14, excludedIds: [11, 14] };
    const first = await findPartitions(store, search, { afterId: 0, limit: 2 }, 0);
    expect(first.partitions.map(({ id }) => id)).toEqual([10, 12]);
    expect(first.nextAfterId).toBe(12);

    const page = { afterId: first.nextAfterId ?? 0, limit: 2 };
    const rest = await findPartitions(store, search, page, 0);
    expect(rest.partitions.map(({ id }) => id)).toEqual([13]);
    expect(rest.nextAfterId).toBeNull();
  });

  it('tells where to go on when it has looked at enough', async () => {
    const store = await storeOfMany();
    const search = { staleMs: 1 };
    const none = await findPartitions(store, search, { afterId: 0, limit: 10 }, 0);
    expect(none).toEqual({ partitions: [], nextAfterId: 20_000 });

    const page = { afterId: none.nextAfterId ?? 0, limit: 10 };
    expect(await findPartitions(store, search, page, 0)).toEqual({
      ...{ partitions: [], nextAfterId: null },
    });
  });

  it('finds as many as were asked for, however many that are', async () => {
    const store = await storeOfMany();
    const found = await findPartitions(store, {}, { afterId: 0, limit: 3_000 }, 0);

    expect(found.partitions).toHaveLength(3_000);
    expect(found.nextAfterId).toBe(3_000);
  });
});
