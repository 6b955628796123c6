import type { Clock } from '../../../kernel/clock.ts';
import { partitionEngine } from '../engine/partition-engine.ts';
import { storeOnEngine } from '../engine/store-on-engine.ts';
import type { PartitionStore } from '../partition-store.ts';
import { MemoryPartitionData } from './memory-partition-data.ts';

/**
 * The work of a namespace for as long as this process lives; several workers of it may share one.
 * `clock` is the store's own: no other decides who holds what.
 */
export function memoryPartitionStore(clock: Clock): PartitionStore {
  const engine = partitionEngine(new MemoryPartitionData(), clock);
  return {
    identity: { id: 'memory', incarnation: '1' },
    ...storeOnEngine(async (work) => work(engine)),
    close: async () => undefined,
  };
}
