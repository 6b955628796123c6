import { systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { redisOf, type StorePlace } from '../store-place.ts';
import { memoryRegistryStore } from './memory/memory-registry-store.ts';
import { openRedisRegistryStore } from './redis/redis-registry-store.ts';
import type { RegistryStore } from './registry-store.ts';
import { openSqliteRegistryStore } from './sqlite/sqlite-registry-store.ts';

const PREFIX_DEFAULT = '/aio/registry';
const GRACE_MS_DEFAULT = 30_000;

interface RegistryStoreOptions {
  /** What all keys begin with, behind the prefix of the place where it has one. */
  readonly prefix?: string;
  /** So long leases last at least after a host or a server was started anew: nobody could renew. */
  readonly graceMs?: number;
}

/**
 * Opens a registry. Whoever opens it closes it.
 * @throws AppError as the store of that type says.
 */
export async function openRegistryStore(
  place: StorePlace,
  { prefix: given = PREFIX_DEFAULT, graceMs = GRACE_MS_DEFAULT }: RegistryStoreOptions = {},
): Promise<RegistryStore> {
  const prefix = given.replace(/\/+$/, '');
  switch (place.type) {
    case 'memory':
      return memoryRegistryStore(systemClock);
    case 'sqlite':
      return openSqliteRegistryStore({ path: place.path, prefix, graceMs });
    case 'redis': {
      const { place: server, prefix: before = '' } = redisOf(place);
      return openRedisRegistryStore({ place: server, prefix: `${before}${prefix}`, graceMs });
    }
    case 'etcd':
      throw new AppError('invalid', 'a registry is not kept in etcd');
  }
}
