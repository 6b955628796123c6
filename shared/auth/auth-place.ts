import { chmod, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LockedDocument } from '../stores/documents/locked-document.ts';
import { openDocument, type PartitionPlace } from '../stores/partitions/open-partition-store.ts';

const FILE = 'auth.db';
const PREFIX_DEFAULT = 'logkit-fleet';
const NAMESPACE = 'accounts';
/** It holds the keys that tokens are signed with. */
const MODE = 0o600;

/** Beside what else is shared, in keys or a file of its own; a file in `dataDir` without any. */
export function authPlace(shared: PartitionPlace | null, dataDir: string): PartitionPlace {
  switch (shared?.type) {
    case undefined:
    case 'memory':
      return { type: 'sqlite', path: join(dataDir, FILE) };
    case 'sqlite':
      return { type: 'sqlite', path: join(dirname(shared.path), FILE) };
    case 'redis':
      return { ...shared, prefix: `${shared.prefix ?? PREFIX_DEFAULT}:auth` };
    case 'etcd':
      return { ...shared, prefix: `${shared.prefix ?? PREFIX_DEFAULT}/auth` };
  }
}

/** @throws AppError as `openDocument` does. */
export async function openAuthDocument(place: PartitionPlace): Promise<LockedDocument> {
  if (place.type === 'sqlite') await keepPrivate(place.path);
  return openDocument(place, NAMESPACE);
}

/** The files beside it are made with its mode. */
async function keepPrivate(path: string): Promise<void> {
  const file = await open(path, 'a', MODE);
  await file.close();
  await chmod(path, MODE);
}
