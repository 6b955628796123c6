import { join } from 'node:path';
import type { StoreConfig } from '../../config/store-config.ts';
import type { PartitionPlace } from './open-partition-store.ts';

const FILE = 'partitions.db';

interface Surroundings {
  readonly dataDir: string;
  readonly tls: StoreTlsTexts;
}

/** What is in the files that `store.tls` names; '' where there is none. */
export interface StoreTlsTexts {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The place that the main configuration names; null: none, so that nothing can be shared. */
export function placeOf(store: StoreConfig, { dataDir, tls }: Surroundings): PartitionPlace | null {
  const { type, url, path, prefix } = store;
  switch (type) {
    case '':
      return null;
    case 'sqlite':
      return { type, path: path === '' ? join(dataDir, FILE) : path };
    case 'redis':
      return { type, url, ...named(prefix), ...tlsOf(store, tls) };
    case 'etcd':
      return { type, ...credentialsOf(url), ...named(prefix), ...tlsOf(store, tls) };
  }
}

function named(prefix: string) {
  return prefix === '' ? {} : { prefix };
}

function tlsOf({ tls: { insecure } }: StoreConfig, texts: StoreTlsTexts) {
  const given = Object.entries(texts).filter(([, text]) => text !== '');
  if (given.length === 0 && !insecure) return {};
  return { tls: { ...Object.fromEntries(given), isVerified: !insecure } };
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
