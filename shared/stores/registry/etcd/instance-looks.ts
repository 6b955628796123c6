import type { InstanceEvent } from '../../../domain/instance-record.ts';
import { nameOfKey } from '../../etcd/key-name.ts';
import { eventOf } from '../record-text.ts';
import type { InstancePage, StoredInstance } from '../registry-store.ts';
import { storedInstance } from './instance-texts.ts';
import type { LastRenewals } from './last-renewals.ts';
import type { RegistryData } from './registry-data.ts';
import { sideBySide } from './side-by-side.ts';

/** Instances that are read in one step. */
const FOUND_MAX = 500;
/** Services whose instances are counted in one step. */
const COUNTED_MAX = 1_000;

interface ServiceCount {
  readonly name: string;
  readonly instances: number;
}

/** What reads instances, and changes nothing. */
export class InstanceLooks {
  readonly #data: RegistryData;
  readonly #lastRenewals: LastRenewals;

  constructor(data: RegistryData, lastRenewals: LastRenewals) {
    this.#data = data;
    this.#lastRenewals = lastRenewals;
  }

  /** `revision`: of etcd, at which they are looked at; their leases are as they are now. */
  async find(ids: readonly string[], revision = 0): Promise<readonly (StoredInstance | null)[]> {
    const unique = [...new Set(ids)];
    const found = await sideBySide(unique, FOUND_MAX, (part) => this.#findSome(part, revision));
    const byId = new Map(unique.map((id, at) => [id, found[at] ?? null]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  async list({ service, after, limit }: InstancePage): Promise<readonly StoredInstance[]> {
    if (limit <= 0) return [];
    const query = { ...this.#data.keys.listed(service, after), isKeysOnly: true };
    for (let more = query; ; ) {
      const { found } = await this.#data.read([{ ...more, limit }]);
      const [keys = []] = found;
      const instances = await this.find(keys.map(({ key }) => nameOfKey(key)));
      // One that was removed meanwhile is not there; a page that is short of all is no end.
      const there = instances.filter((each) => each !== null);
      const last = keys.at(-1);
      if (there.length > 0 || last === undefined || keys.length < limit) return there;
      more = { ...query, key: `${last.key}\0` };
    }
  }

  async services(): Promise<readonly ServiceCount[]> {
    const { keys } = this.#data;
    const { found } = await this.#data.read([{ ...keys.all('services'), isKeysOnly: true }]);
    const names = (found[0] ?? []).map(({ key }) => nameOfKey(key));
    const counts = await sideBySide(names, COUNTED_MAX, (some) => this.#count(some));
    const services = names.map((name, at) => ({ name, instances: counts[at] ?? 0 }));
    return services.filter(({ instances }) => instances > 0);
  }

  async history(id: string): Promise<readonly InstanceEvent[]> {
    const { found } = await this.#data.read([this.#data.keys.events(id)]);
    const [events = []] = found;
    return events.toSorted((a, b) => b.revision - a.revision).map(({ value }) => eventOf(value));
  }

  async #findSome(
    ids: readonly string[],
    revision: number,
  ): Promise<readonly (StoredInstance | null)[]> {
    const { keys, clock } = this.#data;
    const queries = ids.flatMap((id) => [
      { key: keys.of('records', id), revision },
      { key: keys.of('live', id) },
      { key: keys.of('leases', id) },
    ]);
    const { era, found } = await this.#data.read(queries);
    const nowMs = clock.now();
    return ids.map((id, nth) => {
      const [record, live, lease] = found.slice(nth * 3, nth * 3 + 3).map((kvs) => kvs[0]);
      const renewedMs = this.#lastRenewals.of(id);
      return storedInstance(era, { record, live, lease, renewedMs }, nowMs);
    });
  }

  async #count(services: readonly string[]): Promise<readonly number[]> {
    const { keys } = this.#data;
    const { found } = await this.#data.read(
      services.map((service) => ({ ...keys.listed(service, ''), isCount: true })),
    );
    return found.map((kvs) => Number(kvs[0]?.value ?? 0));
  }
}
