import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BeaterMaker } from '../../shared/coordinator/beater/beater.ts';
import { threadBeater } from '../../shared/coordinator/beater/thread-beater.ts';
import {
  type IncarnationMemory,
  incarnationFile,
} from '../../shared/stores/partitions/incarnation-memory.ts';
import {
  openPartitionStore,
  type PartitionPlace,
  type PartitionStrategy,
} from '../../shared/stores/partitions/open-partition-store.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';

/** Work that agents share, and how this one takes part in it. */
export interface SharedNamespace {
  /** Whoever opens it closes it. */
  open(): Promise<PartitionStore>;
  /** Absent: leases are renewed on the main loop. */
  readonly beater?: BeaterMaker;
  /** Absent: it is not remembered which data were worked on. */
  readonly incarnations?: IncarnationMemory;
}

export type SharedPlace = (namespace: string, strategy: PartitionStrategy) => SharedNamespace;

/** Which data were worked on is remembered in a file of each namespace in `dir`. */
export function sharedPlace(place: PartitionPlace, dir: string): SharedPlace {
  return (namespace, strategy) => {
    const name = createHash('sha256').update(namespace).digest('hex');
    return {
      open: () => openPartitionStore(place, namespace, { strategy }),
      beater: threadBeater({ place, namespace, strategy }),
      incarnations: incarnationFile(join(dir, `worked-on-${name.slice(0, 16)}.json`)),
    };
  };
}
