import { AppError } from '../../../kernel/errors.ts';
import { hasEtcdCode } from '../../etcd/etcd-errors.ts';
import type { KeyValue, RangeQuery } from '../../etcd/etcd-messages.ts';
import { nameOfKey } from '../../etcd/key-name.ts';
import type { Changes } from '../registry-store.ts';
import type { InstanceLooks } from './instance-looks.ts';
import { readLowText } from './instance-texts.ts';
import type { RegistryData } from './registry-data.ts';
import {
  CHANGES_MAX,
  type Era,
  etcdRevisionAfter,
  lastRevisionOf,
  revisionOf,
} from './revisions.ts';

/** So often it is begun anew, since etcd has forgotten how things were when it was begun. */
const TRIES_MAX = 5;
/** Removals that are forgotten in one step. */
const FORGOTTEN_MAX = 100;

type Change = Changes['changes'][number];

/** How far things are, at one moment. */
interface Horizon {
  readonly era: Era;
  /** Of etcd. */
  readonly revision: number;
  readonly latest: number;
  /** Before it, not all is known that was removed. */
  readonly floor: number;
  /** The key that was written for each part when a record of it was. */
  readonly touched: readonly KeyValue[];
}

/** What may have changed, in the order of etcd's revisions. */
interface Candidates {
  readonly some: readonly KeyValue[];
  readonly isMore: boolean;
}

/** What has changed of records, and how long it is known what was removed. */
export class RegistryChanges {
  readonly #data: RegistryData;
  readonly #looks: InstanceLooks;

  constructor(data: RegistryData, looks: InstanceLooks) {
    this.#data = data;
    this.#looks = looks;
  }

  async revision(): Promise<number> {
    return (await this.#horizon()).latest;
  }

  async since(revision: number, limit: number): Promise<Changes | null> {
    for (let tries = 1; tries <= TRIES_MAX; tries += 1) {
      try {
        return await this.#sinceOnce(revision, limit);
      } catch (thrown) {
        if (!hasEtcdCode(thrown, 'compacted')) throw thrown;
      }
    }
    throw new AppError('unavailable', 'etcd is compacted too often for its changes to be read');
  }

  async forget(keep: number): Promise<void> {
    for (;;) {
      const { oldest, forgotten, era } = await this.#oldRemovals(keep);
      if (oldest.length === 0) return;
      const key = this.#data.keys.one('forgotten');
      const last = Math.max(...oldest.map((each) => readLowText(era, each).revision));
      await this.#data.join(async () => ({
        compares: [{ key, revision: forgotten?.revision ?? 0 }],
        writes: [{ op: 'put', key, value: String(last), lease: 0n }],
        parts: oldest.map((each) => ({
          // It may have come back, and gone again, meanwhile.
          compares: [{ key: each.key, revision: each.revision }],
          writes: [{ op: 'delete', key: each.key }],
          otherwise: [],
        })),
      }));
    }
  }

  /** Those that are too many, or some of them. */
  async #oldRemovals(keep: number) {
    const { keys } = this.#data;
    const removed = keys.all('removed');
    const { era, found } = await this.#data.read([
      { ...removed, isCount: true },
      { key: keys.one('forgotten') },
    ]);
    const [[count] = [], [forgotten] = []] = found;
    const tooMany = Number(count?.value ?? 0) - keep;
    if (tooMany <= 0) return { oldest: [], forgotten, era };
    const inOrder = { ...removed, sinceRevision: 1, limit: Math.min(tooMany, FORGOTTEN_MAX) };
    const [oldest = []] = (await this.#data.read([inOrder])).found;
    return { oldest, forgotten, era };
  }

  async #horizon(): Promise<Horizon> {
    const { keys } = this.#data;
    const { era, revision, found } = await this.#data.read([
      keys.all('touched'),
      { key: keys.one('forgotten') },
    ]);
    const [touched = [], [forgotten] = []] = found;
    const last = touched.reduce((most, each) => Math.max(most, each.revision), era.begun);
    return {
      ...{ era, revision, touched, latest: lastRevisionOf(era, last) },
      floor: Math.max(revisionOf(era, era.begun, 0), Number(forgotten?.value ?? 0)),
    };
  }

  async #sinceOnce(revision: number, limit: number): Promise<Changes | null> {
    const horizon = await this.#horizon();
    const { floor, latest } = horizon;
    if (revision < floor || revision > latest) return null;
    const { some, isMore } = await this.#candidates(horizon, revision, limit);
    const changes = (await this.#changes(horizon, some))
      .filter((change) => change.revision > revision)
      .toSorted((a, b) => a.revision - b.revision);
    const told = changes.slice(0, limit);
    const last = told.at(-1)?.revision ?? revision;
    if (isMore || changes.length > limit) return { revision: last, changes: told, isMore: true };
    return { revision: latest, changes: told, isMore: false };
  }

  /** Of the parts in which something was written since then. */
  async #candidates(
    { era, touched, revision: at }: Horizon,
    revision: number,
    limit: number,
  ): Promise<Candidates> {
    const { keys } = this.#data;
    const sinceRevision = etcdRevisionAfter(era, revision);
    const shards = touched.filter((each) => each.revision >= sinceRevision);
    // Of one transaction's changes some may be of before, and all of them are read together.
    const most = limit + CHANGES_MAX;
    const since = { sinceRevision, revision: at, limit: most + CHANGES_MAX };
    const queries = shards.flatMap(({ key }): RangeQuery[] => [
      { ...keys.shard('records', nameOfKey(key)), ...since, isKeysOnly: true },
      { ...keys.shard('removed', nameOfKey(key)), ...since },
    ]);
    const found = queries.length === 0 ? [] : (await this.#data.read(queries)).found;
    return candidatesOf(found, most, since.limit);
  }

  async #changes({ era, revision }: Horizon, some: readonly KeyValue[]): Promise<Change[]> {
    // Only what was removed has a value here: records are read below.
    const gone = some.filter(({ value }) => value !== '');
    const ids = some.filter(({ value }) => value === '').map(({ key }) => nameOfKey(key));
    const instances = await this.#looks.find(ids, revision);
    return [
      ...gone.map((each) => removalOf(era, each)),
      ...instances.flatMap((instance) => {
        if (instance === null) return [];
        const { id, name } = instance.record;
        return [{ id, service: name, revision: instance.revision, instance }];
      }),
    ];
  }
}

/** The first so many of all, and whatever else is of the last one's transaction. */
function candidatesOf(
  found: readonly (readonly KeyValue[])[],
  most: number,
  readMax: number,
): Candidates {
  const ends = found.flatMap((kvs) => (kvs.length < readMax ? [] : (kvs.at(-1)?.revision ?? [])));
  // From there on some are missing that were not read.
  const end = Math.min(...ends, Number.POSITIVE_INFINITY);
  const whole = found
    .flat()
    .filter((each) => each.revision < end)
    .toSorted((a, b) => a.revision - b.revision);
  const last = whole[most - 1]?.revision ?? end;
  const some = whole.filter((each) => each.revision <= last);
  return { some, isMore: ends.length > 0 || some.length < whole.length };
}

function removalOf(era: Era, removed: KeyValue): Change {
  const { revision, text } = readLowText(era, removed);
  return { id: nameOfKey(removed.key), service: text, revision, instance: null };
}
