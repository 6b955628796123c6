import { dirname, join } from 'node:path';
import type { StorePlace } from '../../shared/stores/store-place.ts';

const FILE = 'registry.db';

/** Where all masters share it, or in a file of this one's own where nothing is shared. */
export function registryPlace(shared: StorePlace | null, dataDir: string): StorePlace {
  switch (shared?.type) {
    case undefined:
    case 'memory':
      return { type: 'sqlite', path: join(dataDir, FILE) };
    case 'sqlite':
      return { type: 'sqlite', path: join(dirname(shared.path), FILE) };
    case 'redis':
    case 'etcd':
      return shared;
  }
}
