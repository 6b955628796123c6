import type { PartitionStore } from './partition-store.ts';

/** A store that takes the data that are there by then for its own whenever it is opened anew. */
export async function reopenable(open: () => Promise<PartitionStore>): Promise<PartitionStore> {
  const first = await open();
  let store = first;
  const reopen = async () => {
    const before = store;
    store = await open();
    await before.close();
  };
  return new Proxy(first, {
    get: (_first, op): unknown => {
      if (op === 'reopen') return reopen;
      const member: unknown = Reflect.get(store, op, store);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => Reflect.apply(member, store, args);
    },
  });
}
