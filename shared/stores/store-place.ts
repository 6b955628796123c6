import { dirname, join } from 'node:path';
import { z } from 'zod';

const Tls = z.strictObject({
  /** The certificate of the authority (PEM), where it is one of your own. */
  ca: z.string().optional(),
  /** What is shown to one that asks for a certificate (PEM), and its key. */
  cert: z.string().optional(),
  key: z.string().optional(),
  /** False: any certificate will do. */
  isVerified: z.boolean().default(true),
});

/** Where a store keeps what it has. */
export const StorePlace = z.discriminatedUnion('type', [
  /** In this process, and no longer than it lives. */
  z.strictObject({ type: z.literal('memory') }),
  /** In a file, for all processes of one host. */
  z.strictObject({ type: z.literal('sqlite'), path: z.string().min(1) }),
  /** For all that reach the server. */
  z.strictObject({
    type: z.literal('redis'),
    /** redis://user:password@host:port/database, or rediss:// for TLS; of a cluster several hosts. */
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
export type StorePlace = z.output<typeof StorePlace>;

/**
 * The shared place, where several machines share one; else a file of that name, beside the one that
 * processes of this host share, or in `dataDir`.
 */
export function placeBeside(shared: StorePlace | null, dataDir: string, file: string): StorePlace {
  switch (shared?.type) {
    case undefined:
    case 'memory':
      return { type: 'sqlite', path: join(dataDir, file) };
    case 'sqlite':
      return { type: 'sqlite', path: join(dirname(shared.path), file) };
    case 'redis':
    case 'etcd':
      return shared;
  }
}

/** What opens a connection to it, and the prefix where one is said; so does the other one. */
export function redisOf({ url, tls, prefix }: Extract<StorePlace, { type: 'redis' }>) {
  return {
    place: {
      url,
      ...(tls !== undefined && { tls: { isVerified: tls.isVerified, ...textsOf(tls) } }),
    },
    ...(prefix !== undefined && { prefix }),
  };
}

export function etcdOf(place: Extract<StorePlace, { type: 'etcd' }>) {
  const { url, user, password = '', prefix, tls } = place;
  return {
    hosts: hostsOf(url),
    ...(user !== undefined && { auth: { user, password } }),
    ...(prefix !== undefined && { prefix }),
    ...(tls !== undefined && {
      tls: {
        rejectUnauthorized: tls.isVerified,
        ...textsOf(tls),
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

function textsOf({ ca, cert, key }: z.output<typeof Tls>) {
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}
