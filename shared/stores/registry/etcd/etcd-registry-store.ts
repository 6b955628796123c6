import { systemClock } from '../../../kernel/clock.ts';
import { EtcdClient, type EtcdOptions } from '../../etcd/etcd-client.ts';
import type { RegistryStore } from '../registry-store.ts';
import { ExpiryTurns } from './expiry-turns.ts';
import { InstanceLooks } from './instance-looks.ts';
import { LastRenewals } from './last-renewals.ts';
import { OverdueLooks } from './overdue-looks.ts';
import { RegistryChanges } from './registry-changes.ts';
import { RegistryData } from './registry-data.ts';
import { RegistryKeys } from './registry-keys.ts';
import { RegistryRenewals } from './registry-renewals.ts';
import { RegistryWrites } from './registry-writes.ts';

export interface EtcdRegistryOptions extends EtcdOptions {
  /** All keys begin with it; it does not end with a slash. */
  readonly prefix: string;
}

/**
 * Opens a registry that is kept in etcd, making it when there is none. Leases are etcd's: they last
 * whole seconds, of which there is a least number, and are never shorter than was asked for. Where
 * the data are wiped it goes on with new ones.
 * @throws AppError `unavailable` or `timeout` when no host answers, `forbidden` when etcd lets nobody
 * in who comes so.
 */
export async function openEtcdRegistryStore({
  prefix,
  ...options
}: EtcdRegistryOptions): Promise<RegistryStore> {
  const client = new EtcdClient(options);
  const data = new RegistryData({ client, keys: new RegistryKeys(prefix), clock: systemClock });
  try {
    await data.era();
    return registryStoreOn(data);
  } catch (thrown) {
    data.close();
    throw thrown;
  }
}

function registryStoreOn(data: RegistryData): RegistryStore {
  const lastRenewals = new LastRenewals(data);
  const looks = new InstanceLooks(data, lastRenewals);
  const renewals = new RegistryRenewals(data);
  const writes = new RegistryWrites({ data, looks, renewals });
  const overdue = new OverdueLooks(data, lastRenewals);
  const changes = new RegistryChanges(data, looks);
  const turns = new ExpiryTurns(data);
  return {
    find: (ids) => looks.find(ids),
    list: (page) => looks.list(page),
    services: () => looks.services(),
    write: (some) => writes.write(some),
    renew: (ids, ttlMs) => renewals.renew(ids, ttlMs),
    overdue: (limit) => overdue.overdue(limit),
    changesSince: (revision, limit) => changes.since(revision, limit),
    revision: () => changes.revision(),
    history: (id) => looks.history(id),
    own: (owner, leaseMs) => turns.own(owner, leaseMs),
    disown: (owner) => turns.disown(owner),
    forget: (keep) => changes.forget(keep),
    close: async () => data.close(),
  };
}
