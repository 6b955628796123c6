import { z } from 'zod';
import { systemClock } from '../../kernel/clock.ts';
import { MemoryPartitionStore } from './memory/memory-partition-store.ts';
import type { PartitionStore } from './partition-store.ts';
import { openRedisPartitionStore } from './redis/redis-partition-store.ts';
import { reopenable } from './reopenable-store.ts';
import { openSqlitePartitionStore } from './sqlite/sqlite-partition-store.ts';

/** Where partitions are kept. */
export const PartitionPlace = z.discriminatedUnion('type', [
  /** In this process, and no longer than it lives. */
  z.strictObject({ type: z.literal('memory') }),
  /** In a file, for all processes of one host. */
  z.strictObject({ type: z.literal('sqlite'), path: z.string().min(1) }),
  /** For all that reach the server. */
  z.strictObject({
    type: z.literal('redis'),
    /** redis://user:password@host:port/database, or rediss:// for TLS. */
    url: z.string().min(1),
    /** What all keys begin with. */
    prefix: z.string().min(1).optional(),
    tls: z
      .strictObject({
        /** The certificate of the authority (PEM), where it is one of your own. */
        ca: z.string().optional(),
        /** False: any certificate will do. */
        isVerified: z.boolean().default(true),
      })
      .optional(),
  }),
]);
export type PartitionPlace = z.output<typeof PartitionPlace>;

/**
 * Opens a namespace of partitioned work. Whoever opens it closes it.
 * @throws AppError as the store of that type says.
 */
export function openPartitionStore(
  place: PartitionPlace,
  namespace: string,
): Promise<PartitionStore> {
  return reopenable(() => openOnce(place, namespace));
}

async function openOnce(place: PartitionPlace, namespace: string): Promise<PartitionStore> {
  switch (place.type) {
    case 'memory':
      return new MemoryPartitionStore(systemClock);
    case 'sqlite':
      return openSqlitePartitionStore({ path: place.path, namespace });
    case 'redis': {
      const { url, tls, prefix } = place;
      return openRedisPartitionStore({
        place: { url, ...(tls !== undefined && { tls: withoutAbsent(tls) }) },
        ...{ namespace, ...(prefix !== undefined && { prefix }) },
      });
    }
  }
}

function withoutAbsent({ ca, isVerified }: { ca?: string | undefined; isVerified: boolean }) {
  return { isVerified, ...(ca !== undefined && { ca }) };
}
