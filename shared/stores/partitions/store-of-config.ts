import { join } from 'node:path';
import type { StoreConfig } from '../../config/store-config.ts';
import type { PartitionPlace } from './open-partition-store.ts';

const FILE = 'partitions.db';

interface Surroundings {
  readonly dataDir: string;
  /** What is in the file `tls.ca`; '' when there is none. */
  readonly ca: string;
}

/** The place that the main configuration names; null: none, so that nothing can be shared. */
export function placeOf(store: StoreConfig, { dataDir, ca }: Surroundings): PartitionPlace | null {
  const { type, url, path, prefix } = store;
  switch (type) {
    case '':
      return null;
    case 'sqlite':
      return { type, path: path === '' ? join(dataDir, FILE) : path };
    case 'redis':
      return { type, url, ...named(prefix), ...tlsOf(store, ca) };
    case 'etcd':
      return { type, ...credentialsOf(url), ...named(prefix), ...tlsOf(store, ca) };
  }
}

function named(prefix: string) {
  return prefix === '' ? {} : { prefix };
}

function tlsOf({ tls }: StoreConfig, ca: string) {
  if (ca === '' && !tls.insecure) return {};
  return { tls: { ...(ca !== '' && { ca }), isVerified: !tls.insecure } };
}

/** A list of hosts is no URL that could be taken apart in the usual way. */
function credentialsOf(text: string) {
  const found = /^(https?:\/\/)([^/@:]+):([^/@]*)@(.*)$/i.exec(text);
  if (found === null) return { url: text };
  const [, scheme = '', user = '', password = '', hosts = ''] = found;
  return {
    url: scheme + hosts,
    user: decodeURIComponent(user),
    password: decodeURIComponent(password),
  };
}
