import { randomUUID } from 'node:crypto';
import { EtcdClient, type EtcdOptions } from '../../etcd/etcd-client.ts';
import type { Write } from '../../etcd/etcd-messages.ts';
import type { StoreIdentity } from '../partition-store.ts';
import { otherStrategyError } from '../store-errors.ts';
import { EtcdKeys } from './etcd-keys.ts';

const PREFIX = 'logkit-fleet/partitions';

export interface EtcdPartitionOptions extends EtcdOptions {
  readonly namespace: string;
  /** All keys begin with it; it does not end with a slash. */
  readonly prefix?: string;
}

export interface OpenedNamespace {
  readonly client: EtcdClient;
  readonly keys: EtcdKeys;
  readonly namespace: string;
  readonly identity: StoreIdentity;
}

/** How a namespace begins. */
interface Beginning {
  readonly strategy: 'hash' | 'simple';
  readonly writes: (keys: EtcdKeys) => readonly Write[];
}

/**
 * Connects to a namespace, making it when there is none.
 * @throws AppError `unavailable` or `timeout` when no host answers, `forbidden` when etcd lets
 * nobody in who comes so, `invalid` for a namespace of the other strategy.
 */
export async function openEtcdNamespace(
  { namespace, prefix = PREFIX, ...options }: EtcdPartitionOptions,
  beginning: Beginning,
): Promise<OpenedNamespace> {
  const client = new EtcdClient(options);
  try {
    const keys = new EtcdKeys(prefix, namespace);
    const identity = await identify({ client, keys, namespace }, beginning);
    return { client, keys, namespace, identity };
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

async function identify(
  { client, keys, namespace }: Omit<OpenedNamespace, 'identity'>,
  { strategy, writes }: Beginning,
): Promise<StoreIdentity> {
  const [fresh, key] = [randomUUID(), keys.one('incarnation')];
  const { clusterId, isDone, found } = await client.transact({
    compares: [{ key, revision: 0 }],
    writes: [
      { op: 'put', key, value: fresh, lease: 0n },
      { op: 'put', key: keys.one('strategy'), value: strategy, lease: 0n },
      ...writes(keys),
    ],
    otherwise: [{ key }, { key: keys.one('strategy') }],
  });
  const there = isDone ? strategy : (found[1]?.[0]?.value ?? 'hash');
  if (there !== strategy) throw otherStrategyError(namespace, there);
  const incarnation = isDone ? fresh : (found[0]?.[0]?.value ?? fresh);
  return { id: clusterId.toString(16), incarnation };
}
