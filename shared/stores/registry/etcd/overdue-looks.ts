import { nameOfKey } from '../../etcd/key-name.ts';
import type { Overdue } from '../registry-store.ts';
import type { LastRenewals } from './last-renewals.ts';
import type { RegistryData } from './registry-data.ts';
import { SHARDS } from './registry-keys.ts';

/** Parts whose leases are read in one step. */
const READ_MAX = 4;

/**
 * Finds leases that have ended: instances that have one, and whose lease etcd has let go. Both are
 * counted part by part, and only in parts where the counts differ they are read.
 */
export class OverdueLooks {
  readonly #data: RegistryData;
  readonly #lastRenewals: LastRenewals;

  constructor(data: RegistryData, lastRenewals: LastRenewals) {
    this.#data = data;
    this.#lastRenewals = lastRenewals;
  }

  async overdue(limit: number): Promise<Overdue> {
    const { leases, lasting, revision } = await this.#counts();
    const suspects = SHARDS.filter((_shard, at) => (leases[at] ?? 0) > (lasting[at] ?? 0));
    const ids: string[] = [];
    for (let at = 0; at < suspects.length && ids.length < limit; at += READ_MAX) {
      ids.push(...(await this.#endedIn(suspects.slice(at, at + READ_MAX))));
    }
    const all = sum(leases);
    const told = ids.slice(0, limit);
    const ended = all - sum(lasting);
    await this.#lastRenewals.learn(told, told.length === ended ? revision : null);
    return { ids: told, ended, leases: all };
  }

  async #counts() {
    const { keys } = this.#data;
    const counted = (folder: 'live' | 'leases') =>
      SHARDS.map((shard) => ({ ...keys.shard(folder, shard), isCount: true }));
    const { found, revision } = await this.#data.read([...counted('live'), ...counted('leases')]);
    const counts = found.map((kvs) => Number(kvs[0]?.value ?? 0));
    const leases = counts.slice(0, SHARDS.length);
    return { leases, lasting: counts.slice(SHARDS.length), revision };
  }

  async #endedIn(shards: readonly string[]): Promise<string[]> {
    const { keys } = this.#data;
    const queries = shards.flatMap((shard) => [
      { ...keys.shard('live', shard), isKeysOnly: true },
      { ...keys.shard('leases', shard), isKeysOnly: true },
    ]);
    const { found } = await this.#data.read(queries);
    return shards.flatMap((_shard, nth) => {
      const [live = [], leases = []] = found.slice(2 * nth, 2 * nth + 2);
      const lasting = new Set(leases.map(({ key }) => nameOfKey(key)));
      return live.map(({ key }) => nameOfKey(key)).filter((id) => !lasting.has(id));
    });
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, each) => all + each, 0);
}
