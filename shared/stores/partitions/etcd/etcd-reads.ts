import type { EtcdClient } from '../../etcd/etcd-client.ts';
import type { KeyValue, RangeQuery } from '../../etcd/etcd-messages.ts';
import { storeLostError } from '../store-errors.ts';
import { type PartitionText, readPartition } from './partition-text.ts';

/** What tells a namespace's data from others at the same place. */
export interface Incarnation {
  readonly key: string;
  readonly value: string;
  readonly namespace: string;
}

/** Thrown where something is asked that was not read yet; which that is `EtcdReads` knows. */
const NOT_READ_YET = new Error('this was not read yet');

/**
 * What was read of a namespace, all of it as it was at one revision, for work that is done at once.
 * Work that asks for more is broken off, and done anew when that is read, too.
 */
export class EtcdReads {
  readonly #incarnation: Incarnation;
  readonly #found = new Map<string, readonly KeyValue[]>();
  readonly #partitions = new Map<KeyValue, PartitionText>();
  #missing: RangeQuery[] = [];
  #revision = 0;

  constructor(incarnation: Incarnation) {
    this.#incarnation = incarnation;
  }

  /** 0: nothing was read yet. */
  get revision(): number {
    return this.#revision;
  }

  /** There was no such key; if there is one now that is found out when it is compared. */
  seedNone(key: string): void {
    this.#found.set(nameOf({ key }), []);
  }

  need(queries: readonly RangeQuery[]): readonly (readonly KeyValue[])[] {
    const found: (readonly KeyValue[])[] = [];
    for (const query of queries) {
      const known = this.#found.get(nameOf(query));
      if (known === undefined) this.#missing.push(query);
      else found.push(known);
    }
    if (this.#missing.length > 0) throw NOT_READ_YET;
    return found;
  }

  one(key: string): KeyValue | null {
    return this.need([{ key }])[0]?.[0] ?? null;
  }

  all(query: RangeQuery): readonly KeyValue[] {
    return this.need([query])[0] ?? [];
  }

  partition(found: KeyValue): PartitionText {
    const known = this.#partitions.get(found) ?? readPartition(found);
    this.#partitions.set(found, known);
    return known;
  }

  /**
   * Does the work, reading what it asks for.
   * @throws AppError `conflict`, `store_lost`.
   */
  async with<T>(client: EtcdClient, work: () => T): Promise<T> {
    for (;;) {
      this.#missing = [];
      try {
        return work();
      } catch (thrown) {
        if (thrown !== NOT_READ_YET) throw thrown;
      }
      await this.#read(client);
    }
  }

  async #read(client: EtcdClient): Promise<void> {
    const { key, value, namespace } = this.#incarnation;
    const missing = [{ key }, ...this.#missing];
    const queries = missing.map((query) => ({ ...query, revision: this.#revision }));
    const { found, revision } = await client.ranges(queries);
    if (found[0]?.[0]?.value !== value) throw storeLostError(namespace);
    if (this.#revision === 0) this.#revision = revision;
    for (const [nth, query] of missing.entries()) {
      this.#found.set(nameOf(query), found[nth] ?? []);
    }
  }
}

function nameOf({ key, to = '', limit = 0, isCount = false }: RangeQuery): string {
  if (to === '' && limit === 0 && !isCount) return key;
  return `${key}\n${to}\n${limit}\n${isCount}`;
}
