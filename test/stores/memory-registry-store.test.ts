import { memoryRegistryStore } from '../../shared/stores/registry/memory/memory-registry-store.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { describeRegistryStore } from './describe-registry-store.ts';

describeRegistryStore('in memory', async () => {
  const clock = new FakeClock();
  const stores = new Map<string, RegistryStore>();
  return {
    // Whoever opens the same one gets what is there.
    open: async (prefix) => {
      const store = stores.get(prefix) ?? memoryRegistryStore(clock);
      stores.set(prefix, store);
      return store;
    },
    pass: async (ms) => clock.advance(ms),
    ...{ shortMs: 1_000, isOverdueOrdered: true },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
