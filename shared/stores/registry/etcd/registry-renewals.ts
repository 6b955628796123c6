import type { PartAnswer, Transaction } from '../../etcd/etcd-messages.ts';
import type { RenewOutcome } from '../registry-store.ts';
import type { Bucket } from './bucket-leases.ts';
import { leaseText } from './instance-texts.ts';
import { type RegistryData, tooSlowError } from './registry-data.ts';
import { sideBySide } from './side-by-side.ts';

/** As many as one transaction of etcd takes, but for what each of them holds. */
const RENEWED_MAX = 120;
/** So often leases are renewed whose renewal was not answered in time. */
const TRIES_MAX = 3;

/** Makes leases last, many in a transaction. */
export class RegistryRenewals {
  readonly #data: RegistryData;

  constructor(data: RegistryData) {
    this.#data = data;
  }

  async renew(ids: readonly string[], ttlMs: number): Promise<readonly RenewOutcome[]> {
    const unique = [...new Set(ids)];
    const outcomes = await sideBySide(unique, RENEWED_MAX, (part) => this.#renewSome(part, ttlMs));
    const byId = new Map(unique.map((id, at) => [id, outcomes[at]]));
    return ids.map((id) => byId.get(id) ?? 'unknown');
  }

  /** Again, where a lease of etcd may have lasted for too short a time by the time of the answer. */
  async #renewSome(ids: readonly string[], ttlMs: number): Promise<readonly RenewOutcome[]> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      const { outcomes, isInTime } = await this.#renewOnce(ids, ttlMs);
      if (isInTime) return outcomes;
    }
    throw tooSlowError();
  }

  async #renewOnce(ids: readonly string[], ttlMs: number) {
    const taken: Bucket[] = [];
    const written = await this.#data.join(async () => {
      const bucket = await this.#data.buckets.take(ttlMs);
      taken.push(bucket);
      const { id: lease } = bucket;
      const value = leaseText(this.#data.clock.now(), ttlMs);
      return { writes: [], parts: ids.map((id) => this.#part(id, { lease, value })) };
    });
    const outcomes = (written?.parts ?? []).map(outcomeOf);
    const last = taken.at(-1);
    return { outcomes, isInTime: last !== undefined && this.#data.buckets.isInTime(last) };
  }

  #part(id: string, { lease, value }: { lease: bigint; value: string }): Transaction {
    const { keys } = this.#data;
    return {
      compares: [{ key: keys.of('live', id), isThere: true }],
      writes: [{ op: 'put', key: keys.of('leases', id), value, lease }],
      otherwise: [{ key: keys.of('records', id), isCount: true }],
    };
  }
}

function outcomeOf({ isDone, found }: PartAnswer): RenewOutcome {
  if (isDone) return 'renewed';
  return (found[0]?.length ?? 0) > 0 ? 'ended' : 'unknown';
}
