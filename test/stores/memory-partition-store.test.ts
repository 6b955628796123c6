import { memoryPartitionStore } from '../../shared/stores/partitions/memory/memory-partition-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { describePartitionStore } from './describe-partition-store.ts';

describePartitionStore('in memory', async () => {
  const clock = new FakeClock();
  return {
    open: async () => memoryPartitionStore(clock),
    pass: async (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
