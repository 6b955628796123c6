import { z } from 'zod';
import { systemClock } from '../../kernel/clock.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openEtcdDocument } from '../documents/etcd-document.ts';
import type { LockedDocument } from '../documents/locked-document.ts';
import { MemoryDocument } from '../documents/memory-document.ts';
import { openRedisDocument } from '../documents/redis-document.ts';
import { openSqliteDocument } from '../documents/sqlite-document.ts';
import { etcdOf, redisOf, StorePlace } from '../store-place.ts';
import { openEtcdPartitionStore } from './etcd/etcd-partition-store.ts';
import { memoryPartitionStore } from './memory/memory-partition-store.ts';
import type { PartitionStore } from './partition-store.ts';
import { openRedisPartitionStore } from './redis/redis-partition-store.ts';
import { reopenable } from './reopenable-store.ts';
import { simplePartitionStore } from './simple/simple-partition-store.ts';
import { openSqlitePartitionStore } from './sqlite/sqlite-partition-store.ts';

/** Where partitions are kept. */
export const PartitionPlace = StorePlace;
export type PartitionPlace = StorePlace;

/**
 * How a namespace is kept. `hash`: each partition for itself, and indexes of them, for any number.
 * `simple`: all of them in one document, and a lock for each that is held, for a few thousand.
 */
export const PartitionStrategy = z.enum(['hash', 'simple']);
export type PartitionStrategy = z.output<typeof PartitionStrategy>;

/**
 * Opens a namespace of partitioned work. Whoever opens it closes it.
 * @throws AppError as the store of that type says; `invalid` for a namespace that was begun with
 * the other strategy.
 */
export function openPartitionStore(
  place: PartitionPlace,
  namespace: string,
  { strategy = 'hash' }: { readonly strategy?: PartitionStrategy } = {},
): Promise<PartitionStore> {
  return reopenable(() => openOnce(place, namespace, strategy));
}

async function openOnce(
  place: PartitionPlace,
  namespace: string,
  strategy: PartitionStrategy,
): Promise<PartitionStore> {
  if (strategy === 'hash') return openHashStore(place, namespace);
  const document = await openDocument(place, namespace);
  return simplePartitionStore({ document, namespace, clock: systemClock, random: systemRandom });
}

async function openHashStore(place: PartitionPlace, namespace: string): Promise<PartitionStore> {
  switch (place.type) {
    case 'memory':
      return memoryPartitionStore(systemClock);
    case 'sqlite':
      return openSqlitePartitionStore({ path: place.path, namespace });
    case 'redis':
      return openRedisPartitionStore({ ...redisOf(place), namespace });
    case 'etcd':
      return openEtcdPartitionStore({ ...etcdOf(place), namespace });
  }
}

/**
 * Opens a text that several processes share, making it when there is none. Its namespace is not one
 * of partitions, unless those are of the strategy `simple`. Whoever opens it closes it.
 * @throws AppError as `openPartitionStore` does.
 */
export async function openDocument(
  place: PartitionPlace,
  namespace: string,
): Promise<LockedDocument> {
  switch (place.type) {
    case 'memory':
      return new MemoryDocument(systemClock);
    case 'sqlite':
      return openSqliteDocument({ path: place.path, namespace });
    case 'redis':
      return openRedisDocument({ ...redisOf(place), namespace });
    case 'etcd':
      return openEtcdDocument({ ...etcdOf(place), namespace });
  }
}
