import { hasEtcdCode } from '../../etcd/etcd-errors.ts';
import type { KeyValue } from '../../etcd/etcd-messages.ts';
import { renewedMsOf } from './instance-texts.ts';
import type { RegistryData } from './registry-data.ts';

/** Of more that end at the same time it is not known. */
const LEARNED_MAX = 2_000;

/**
 * When leases were renewed last that have ended. Etcd drops that with the lease, but knows how it was
 * before: at the time of an earlier look most of them have still lasted. It is only shown.
 */
export class LastRenewals {
  readonly #data: RegistryData;
  /** In epoch ms, by ID; null: that is not known. */
  #known: ReadonlyMap<string, number | null> = new Map();
  /** Of etcd, at which leases were looked at before. */
  #before: number | null = null;

  constructor(data: RegistryData) {
    this.#data = data;
  }

  of(id: string): number | null {
    return this.#known.get(id) ?? null;
  }

  /** These have ended; and no other ones by that revision of etcd, where it is given. */
  async learn(ended: readonly string[], revision: number | null): Promise<void> {
    const fresh = ended.filter((id) => !this.#known.has(id));
    const before = this.#before;
    this.#before = revision ?? before;
    const found = before === null ? [] : await this.#leasesAt(fresh, before);
    const learned = fresh.map((id, at) => {
      const lease = found[at]?.[0];
      return [id, lease === undefined ? null : renewedMsOf(lease)] as const;
    });
    const kept = ended.flatMap((id) => {
      const known = this.#known.get(id);
      return known === undefined ? [] : [[id, known] as const];
    });
    this.#known = new Map([...kept, ...learned]);
  }

  async #leasesAt(
    ids: readonly string[],
    revision: number,
  ): Promise<readonly (readonly KeyValue[])[]> {
    const { keys } = this.#data;
    const queries = ids
      .slice(0, LEARNED_MAX)
      .map((id) => ({ key: keys.of('leases', id), revision }));
    try {
      return queries.length === 0 ? [] : (await this.#data.read(queries)).found;
    } catch (thrown) {
      if (hasEtcdCode(thrown, 'compacted')) return [];
      throw thrown;
    }
  }
}
