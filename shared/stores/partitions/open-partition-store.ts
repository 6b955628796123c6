import { z } from 'zod';
import { systemClock } from '../../kernel/clock.ts';
import { systemRandom } from '../../kernel/random.ts';
import { openEtcdDocument } from '../documents/etcd-document.ts';
import type { LockedDocument } from '../documents/locked-document.ts';
import { MemoryDocument } from '../documents/memory-document.ts';
import { openRedisDocument } from '../documents/redis-document.ts';
import { openSqliteDocument } from '../documents/sqlite-document.ts';
import { openEtcdPartitionStore } from './etcd/etcd-partition-store.ts';
import { memoryPartitionStore } from './memory/memory-partition-store.ts';
import type { PartitionStore } from './partition-store.ts';
import { openRedisPartitionStore } from './redis/redis-partition-store.ts';
import { reopenable } from './reopenable-store.ts';
import { simplePartitionStore } from './simple/simple-partition-store.ts';
import { openSqlitePartitionStore } from './sqlite/sqlite-partition-store.ts';

const Tls = z.strictObject({
  /** The certificate of the authority (PEM), where it is one of your own. */
  ca: z.string().optional(),
  /** False: any certificate will do. */
  isVerified: z.boolean().default(true),
});

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
    tls: Tls.optional(),
  }),
  /** For all that reach the cluster. */
  z.strictObject({
    type: z.literal('etcd'),
    /** http://a:2379,b:2379, or https:// for TLS. */
    url: z.string().min(1),
    user: z.string().min(1).optional(),
    password: z.string().optional(),
    /** What all keys begin with. */
    prefix: z.string().min(1).optional(),
    tls: Tls.optional(),
  }),
]);
export type PartitionPlace = z.output<typeof PartitionPlace>;

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
      return openEtcdPartitionStore(etcdOptions(place, namespace));
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
      return openEtcdDocument(etcdOptions(place, namespace));
  }
}

function redisOf({ url, tls, prefix }: Extract<PartitionPlace, { type: 'redis' }>) {
  return {
    place: { url, ...(tls !== undefined && { tls: withoutAbsent(tls) }) },
    ...(prefix !== undefined && { prefix }),
  };
}

function etcdOptions(place: Extract<PartitionPlace, { type: 'etcd' }>, namespace: string) {
  const { url, user, password = '', prefix, tls } = place;
  return {
    hosts: hostsOf(url),
    namespace,
    ...(user !== undefined && { auth: { user, password } }),
    ...(prefix !== undefined && { prefix }),
    ...(tls !== undefined && {
      tls: {
        rejectUnauthorized: tls.isVerified,
        ...(tls.ca !== undefined && { ca: tls.ca }),
      },
    }),
  };
}

/** The first one says for all how they are spoken to. */
function hostsOf(url: string): string[] {
  const hosts = url.split(',').map((host) => host.trim());
  const scheme = hosts[0]?.startsWith('https://') ? 'https' : 'http';
  return hosts.map((host) => (host.includes('://') ? host : `${scheme}://${host}`));
}

function withoutAbsent({ ca, isVerified }: { ca?: string | undefined; isVerified: boolean }) {
  return { isVerified, ...(ca !== undefined && { ca }) };
}
