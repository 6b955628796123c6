import { MemoryDocument } from '../../shared/stores/partitions/simple/memory-document.ts';
import { simplePartitionStore } from '../../shared/stores/partitions/simple/simple-partition-store.ts';
import { systemRandom } from '../../shared/kernel/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { describePartitionStore } from './describe-partition-store.ts';

describePartitionStore('in a document in memory', async () => {
  const clock = new FakeClock();
  return {
    open: async (namespace) =>
      simplePartitionStore({
        ...{ document: new MemoryDocument(clock), namespace, clock, random: systemRandom },
      }),
    pass: async (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
