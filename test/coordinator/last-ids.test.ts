import { expect, it } from 'vitest';
import { ID_MAX } from '../../shared/domain/id-range.ts';
import { CoordinatorRig } from './rig.ts';

it('plans up to the last ID that there is, and none behind it (B30)', async () => {
  const rig = new CoordinatorRig();
  const seen: bigint[] = [];
  const { coordinator } = rig.open(
    'a',
    async (minId, maxId) => {
      seen.push(minId, maxId);
      return 1;
    },
    {
      planner: {
        partitionSize: async () => 10n,
        nextMaxId: async (startId, rangeSize) => startId + rangeSize - 1n,
      },
      options: { first_id: ID_MAX - 24n, allocation_interval_ms: 1_000 },
    },
  );
  coordinator.start();
  await rig.until(async () => (await rig.store.counts()).completed === 3);
  await rig.pass(10_000);
  await rig.stop(coordinator);

  expect(seen).toEqual([
    ...[ID_MAX - 24n, ID_MAX - 15n, ID_MAX - 14n, ID_MAX - 5n, ID_MAX - 4n, ID_MAX],
  ]);
  expect(await rig.store.planState()).toMatchObject({ plannedTo: ID_MAX, lastPartitionId: 3 });
  expect(rig.troubles).toEqual([]);
});
