import type { RegistryStore, StoredInstance } from '../stores/registry/registry-store.ts';

const PAGE = 1_000;

/** All instances of a service, or (null) of all, in the order of their IDs, page by page. */
export async function* instancesOf(
  store: Pick<RegistryStore, 'list'>,
  service: string | null,
  after = '',
): AsyncGenerator<StoredInstance> {
  for (let behind = after; ; ) {
    const page = await store.list({ service, after: behind, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    behind = last.record.id;
  }
}

export async function allInstancesOf(
  store: Pick<RegistryStore, 'list'>,
  service: string | null,
): Promise<readonly StoredInstance[]> {
  const all: StoredInstance[] = [];
  for await (const stored of instancesOf(store, service)) all.push(stored);
  return all;
}
