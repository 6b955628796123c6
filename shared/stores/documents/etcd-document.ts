import { type Clock, systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { hasEtcdCode } from '../etcd/etcd-errors.ts';
import type { KeyValue, Transaction, Write } from '../etcd/etcd-messages.ts';
import { nameOfKey } from '../partitions/etcd/etcd-keys.ts';
import { leftMsOf, secondsOf } from '../partitions/etcd/hold-leases.ts';
import {
  type EtcdPartitionOptions,
  type OpenedNamespace,
  openEtcdNamespace,
} from '../partitions/etcd/open-etcd-namespace.ts';
import type { StoreIdentity } from '../partitions/partition-store.ts';
import { storeLostError } from '../partitions/store-errors.ts';
import {
  type DocumentChange,
  type DocumentQuestion,
  type DocumentReading,
  LEADER_LOCK,
  type LockedDocument,
  type TakenLock,
} from './locked-document.ts';

/** Only of the leader's lock it matters how long it lasts. */
const LASTS_MS = 2 ** 40;

/**
 * Opens the document of a namespace that is kept in etcd, making it when there is none: a key, and
 * one for each lock, that hangs on a lease.
 * @throws AppError as `openEtcdPartitionStore` does.
 */
export async function openEtcdDocument(options: EtcdPartitionOptions): Promise<LockedDocument> {
  const opened = await openEtcdNamespace(options, {
    strategy: 'simple',
    writes: (keys) => [put(keys.one('document'), '')],
  });
  return new EtcdDocument({ ...opened, clock: systemClock });
}

interface DocumentDeps extends OpenedNamespace {
  /** For what is shown; who holds what is decided by the leases of etcd. */
  readonly clock: Clock;
}

class EtcdDocument implements LockedDocument {
  readonly identity: StoreIdentity;
  readonly #deps: DocumentDeps;

  constructor(deps: DocumentDeps) {
    this.identity = deps.identity;
    this.#deps = deps;
  }

  async read({ revision: known, locks }: DocumentQuestion): Promise<DocumentReading> {
    const { client, keys, clock } = this.#deps;
    const { found } = await client.ranges([...this.#whatIsThere(), keys.all('locks')]);
    const { revision, value } = this.#document(found);
    const there = new Map((found[2] ?? []).map((each) => [nameOfKey(each.key), each.value]));
    const leftMs = new Map<string, number>();
    for (const name of locks) if (there.has(name)) leftMs.set(name, LASTS_MS);
    const leader = there.get(LEADER_LOCK);
    if (leader !== undefined) {
      const leftSeconds = await client.left(leaseOf(leader));
      if (leftSeconds < 0) leftMs.delete(LEADER_LOCK);
      else leftMs.set(LEADER_LOCK, leftMsOf(leftSeconds));
    }
    const text = revision === known ? null : value;
    return { revision, text, restarts: 0, nowMs: clock.now(), leftMs };
  }

  async swap({ revision, text, taken, freed }: DocumentChange): Promise<number | null> {
    const { client, keys, identity } = this.#deps;
    const leases = await this.#leasesFor(taken);
    const takes = taken.map(({ name, holder, leaseMs }) => {
      const lease = leases.get(secondsOf(leaseMs)) ?? 0n;
      return put(keys.named('locks', name), `${lease} ${holder}`, lease);
    });
    const frees = freed.map((name) => ({ op: 'delete', key: keys.named('locks', name) }) as const);
    const document = keys.one('document');
    const answer = await this.#transact({
      compares: [
        { key: keys.one('incarnation'), value: identity.incarnation },
        { key: document, revision },
      ],
      writes: [put(document, text), ...takes, ...frees],
      otherwise: this.#whatIsThere(),
    });
    if (answer.isDone) return answer.revision;
    await Promise.all([...leases.values()].map((lease) => client.revoke(lease)));
    this.#document(answer.found);
    return null;
  }

  async close(): Promise<void> {
    this.#deps.client.close();
  }

  /** Locks that are taken together, and for as long, hang on one lease; by seconds. */
  async #leasesFor(taken: readonly TakenLock[]): Promise<ReadonlyMap<number, bigint>> {
    const times = new Set(taken.map(({ leaseMs }) => secondsOf(leaseMs)));
    const granted = [...times].map(async (seconds) => {
      const { id } = await this.#deps.client.grant(seconds);
      return [seconds, id] as const;
    });
    return new Map(await Promise.all(granted));
  }

  async #transact(transaction: Transaction) {
    const { client, namespace } = this.#deps;
    try {
      return await client.transact(transaction);
    } catch (thrown) {
      if (!hasEtcdCode(thrown, 'too_large')) throw thrown;
      throw new AppError(
        'conflict',
        `the document of ${namespace} is too large for etcd: the strategy "hash" is for so many`,
        { cause: thrown },
      );
    }
  }

  #whatIsThere() {
    const { keys } = this.#deps;
    return [{ key: keys.one('incarnation') }, { key: keys.one('document') }];
  }

  /** @throws AppError `conflict`, `store_lost`. */
  #document([incarnation, document]: readonly (readonly KeyValue[])[]): KeyValue {
    const { identity, namespace } = this.#deps;
    const found = document?.[0];
    const isOurs = incarnation?.[0]?.value === identity.incarnation;
    if (!isOurs || found === undefined) throw storeLostError(namespace);
    return found;
  }
}

function put(key: string, value: string, lease = 0n): Write {
  return { op: 'put', key, value, lease };
}

/** What a lock hangs on stands before its holder. */
function leaseOf(lock: string): bigint {
  return BigInt(lock.slice(0, lock.indexOf(' ')));
}
