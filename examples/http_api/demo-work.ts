import type { Planner, Processor } from '../../shared/coordinator/library.ts';

const LAST_ID = 3_000n;
const PARTITION_SIZE = 100n;
/** Each tenth partition fails at its first attempt, so that there is something to retry. */
const FAILING_EACH = 10n;

/** IDs from 1 to 3000, in thirty partitions. */
export const planner: Planner = {
  partitionSize: async () => PARTITION_SIZE,
  nextMaxId: async (startId, rangeSize) => {
    const max = startId + rangeSize - 1n;
    return max < LAST_ID ? max : LAST_ID;
  },
};

/** Where your work goes. */
export const processor: Processor = {
  process: async (minId, maxId, _options, { checkpoint, save }) => {
    const isFailing = (maxId / PARTITION_SIZE) % FAILING_EACH === 0n;
    if (isFailing && checkpoint === null) {
      await save({ hasFailed: true });
      throw new Error('the target is full');
    }
    return Number(maxId - minId) + 1;
  },
};
