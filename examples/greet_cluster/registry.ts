import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { type OpenedRegistry, openRegistry } from '../../shared/registry/library.ts';

export const RENEW_MS = 5_000;
const LEASE_S = 10;

/** A file under `scripts/logs`, or an etcd: `-etcd=localhost:2379`. GREET_REGISTRY names another file. */
export async function openClusterRegistry(etcd: string): Promise<OpenedRegistry> {
  const options = { leaseTtlSeconds: LEASE_S, renewIntervalMs: RENEW_MS };
  if (etcd !== '') {
    const url = etcd.includes('://') ? etcd : `http://${etcd}`;
    return openRegistry({ store: { type: 'etcd', url }, ...options });
  }
  const dir = join(import.meta.dirname, 'scripts', 'logs');
  await mkdir(dir, { recursive: true });
  const path = env['GREET_REGISTRY'] ?? join(dir, 'registry.db');
  return openRegistry({ store: { type: 'sqlite', path }, ...options });
}
