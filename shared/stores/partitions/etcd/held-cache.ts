import type { KeyValue, Write } from '../../etcd/etcd-messages.ts';
import { type EtcdKeys, idOfKey } from './etcd-keys.ts';

const PARTITIONS_MAX = 10_000;

/**
 * What this client has written of held partitions, so that it need not read it before it goes on
 * with them. What somebody else has changed since is found out when the step compares.
 */
export class HeldCache {
  readonly #folder: string;
  readonly #known = new Map<number, KeyValue>();

  constructor(keys: EtcdKeys) {
    this.#folder = keys.in('held', '');
  }

  keep(writes: readonly Write[], revision: number): void {
    for (const write of writes) {
      if (!write.key.startsWith(this.#folder)) continue;
      const id = idOfKey(write.key);
      this.#known.delete(id);
      if (write.op === 'put') this.#known.set(id, { key: write.key, value: write.value, revision });
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= PARTITIONS_MAX) return;
      this.#known.delete(id);
    }
  }

  of(ids: Iterable<number>): KeyValue[] {
    const known = [...new Set(ids)].map((id) => this.#known.get(id));
    return known.filter((each) => each !== undefined);
  }

  drop(ids: Iterable<number>): void {
    for (const id of ids) this.#known.delete(id);
  }
}
