import { chmod, open } from 'node:fs/promises';
import type { LockedDocument } from '../stores/documents/locked-document.ts';
import { openDocument, type PartitionPlace } from '../stores/partitions/open-partition-store.ts';
import { placeBeside } from '../stores/store-place.ts';

const FILE = 'auth.db';
const PREFIX_DEFAULT = 'logkit-fleet';
const NAMESPACE = 'accounts';
/** It holds the keys that tokens are signed with. */
const MODE = 0o600;

/** Beside what else is shared, in keys or a file of its own; a file in `dataDir` without any. */
export function authPlace(shared: PartitionPlace | null, dataDir: string): PartitionPlace {
  const place = placeBeside(shared, dataDir, FILE);
  if (place.type !== 'redis' && place.type !== 'etcd') return place;
  const separator = place.type === 'redis' ? ':' : '/';
  return { ...place, prefix: `${place.prefix ?? PREFIX_DEFAULT}${separator}auth` };
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
