import { z } from 'zod';
import { isHeld, type Partition, type PartitionStatus } from '../../../domain/partition.ts';
import type { KeyValue, RangeQuery } from '../../etcd/etcd-messages.ts';
import type { PartitionFilter } from '../partition-store.ts';
import type { WaitingLook, WaitingRoom } from './claim-place.ts';
import { type EtcdKeys, idOfKey, keyFurtherOn } from './etcd-keys.ts';
import type { EtcdReads } from './etcd-reads.ts';

const PrioritiesText = z.array(z.number());

/** Read at once where a filter may leave out many. */
const PAGE = 1_000;

/** A partition as it was read, and where. */
export interface Found {
  readonly key: string;
  readonly revision: number;
  readonly partition: Partition;
  /** Of its holder; empty: nobody holds it. */
  readonly lease: string;
}

/** Finds partitions in the rooms that they are in. */
export class EtcdRooms {
  readonly #keys: EtcdKeys;
  readonly #reads: EtcdReads;
  readonly #known = new Map<number, Found | null>();
  /** Null: nobody has asked whose leases last. */
  #lasting: ReadonlyMap<string, number> | null = null;

  constructor(keys: EtcdKeys, reads: EtcdReads) {
    this.#keys = keys;
    this.#reads = reads;
  }

  /** Those that are there, wherever. */
  find(ids: readonly number[]): void {
    const unknown = [...new Set(ids)].filter((id) => !this.#known.has(id));
    if (unknown.length === 0) return;
    const priorities = this.priorities();
    const places = unknown.map((id) => [
      ...[this.#keys.held(id), this.#keys.over(id)],
      ...priorities.map((priority) => this.#keys.waiting(priority, id)),
    ]);
    const found = this.#reads.need(places.flat().map((key) => ({ key })));
    for (const id of unknown) this.#known.set(id, null);
    for (const [each] of found) if (each !== undefined) this.#keep(each);
  }

  /** What is known already; a stale one is found out when it is compared. */
  know(found: readonly Found[]): void {
    for (const each of found) this.#known.set(each.partition.id, each);
  }

  /** Those that are held; others count as not there. */
  findHeld(ids: readonly number[]): void {
    const unknown = [...new Set(ids)].filter((id) => !this.#known.has(id));
    if (unknown.length === 0) return;
    const found = this.#reads.need(unknown.map((id) => ({ key: this.#keys.held(id) })));
    for (const id of unknown) this.#known.set(id, null);
    for (const [each] of found) if (each !== undefined) this.#keep(each);
  }

  get(id: number): Found | null {
    this.find([id]);
    return this.#known.get(id) ?? null;
  }

  priorities(): readonly number[] {
    const text = this.#reads.one(this.#keys.one('priorities'))?.value ?? '[]';
    return PrioritiesText.parse(JSON.parse(text));
  }

  /** In the order in which they are claimed. */
  waitingRoom(): WaitingRoom {
    return {
      revision: () => this.#reads.revision,
      addedAt: () => this.#reads.one(this.#keys.one('added'))?.revision ?? 0,
      read: (look) => this.#waiting(look),
    };
  }

  /** What a claim asks for, read at once. */
  lookAtWaiting(look: WaitingLook): void {
    const singles = [this.#keys.one('paused'), this.#keys.one('added')];
    this.#reads.need([...singles.map((key) => ({ key })), this.#waitingNear(look)]);
  }

  waiting(rows: readonly KeyValue[]): Found[] {
    return rows.map((each) => this.#keep(each));
  }

  held(): Found[] {
    return this.#reads.all(this.#keys.all('held')).map((each) => this.#keep(each));
  }

  due(nowMs: number, limit: number): Found[] {
    const ids = this.#reads.all(this.#keys.dueUntil(nowMs, limit)).map(({ key }) => idOfKey(key));
    this.find(ids);
    return ids.map((id) => this.get(id)).filter((found) => found !== null);
  }

  /** From here on it is known whose leases last, and when their holders were heard of last. */
  lookAtLeases(): ReadonlyMap<string, number> {
    const found = this.#reads.all(this.#keys.all('leases'));
    const ends = found.map(({ key, value }) => [
      key.slice(key.lastIndexOf('/') + 1),
      Number(value),
    ]);
    this.#lasting ??= new Map(ends.map(([lease, atMs]) => [String(lease), Number(atMs)]));
    return this.#lasting;
  }

  /** Also where nobody has asked whose leases last. */
  isLasting(lease: string): boolean {
    return this.#lasting === null || this.#lasting.has(lease);
  }

  /** How the partition is shown: leases hold the last sign of life for all that hangs on them. */
  shown({ partition, lease }: Found): Partition {
    const heardMs = this.#lasting?.get(lease) ?? 0;
    if (heardMs <= partition.lastHeartbeatMs) return partition;
    return { ...partition, lastHeartbeatMs: heardMs };
  }

  /** But by ID: see `find`. */
  list(filter: Omit<PartitionFilter, 'ids'>): Found[] {
    const { afterId = 0, limit } = filter;
    if (limit <= 0) return [];
    return this.#listAll(filter)
      .filter(({ partition }) => partition.id > afterId && doesFit(partition, filter))
      .toSorted((a, b) => a.partition.id - b.partition.id)
      .slice(0, limit);
  }

  /** etcd looks at all keys of the range, whatever the limit: mostly those near by are enough. */
  #waiting(look: WaitingLook): readonly KeyValue[] {
    const { from, limit, least } = look;
    const first = this.#reads.all(this.#waitingNear(look));
    if (from === null || first.length >= least) return first;
    return this.#reads.all({ ...this.#keys.all('waiting'), key: from, limit });
  }

  #waitingNear({ from, limit, near }: WaitingLook): RangeQuery {
    const all = this.#keys.all('waiting');
    return { ...(from === null ? all : { key: from, to: keyFurtherOn(from, near) }), limit };
  }

  /** The first ones of each room that may have any. */
  #listAll(filter: PartitionFilter): Found[] {
    const { statuses, workerId } = filter;
    const mayBe = (which: (status: PartitionStatus) => boolean) =>
      statuses === undefined || statuses.some(which);
    // Nobody has those that wait, and those that are over.
    const isSomebodys = workerId !== undefined && workerId !== '';
    const found: Found[] = [];
    if (mayBe((status) => status === 'pending') && !isSomebodys) {
      for (const priority of this.priorities()) {
        found.push(
          ...this.#pages(filter, (after) => this.#keys.waitingAfter(priority, after, PAGE)),
        );
      }
    }
    if (mayBe(isHeld)) {
      found.push(...this.#pages(filter, (after) => this.#keys.after('held', after, PAGE)));
    }
    if (mayBe((status) => status === 'failed' || status === 'dead') && !isSomebodys) {
      found.push(...this.#pages(filter, (after) => this.#keys.after('over', after, PAGE)));
    }
    return found;
  }

  #pages(
    filter: PartitionFilter,
    query: (after: number) => ReturnType<EtcdKeys['after']>,
  ): Found[] {
    const { afterId = 0, limit } = filter;
    const pageMax = filter.statuses === undefined ? Math.min(PAGE, limit) : PAGE;
    const fitting: Found[] = [];
    let after = afterId;
    for (;;) {
      const page = this.#reads.all({ ...query(after), limit: pageMax });
      const found = page.map((each) => this.#keep(each));
      fitting.push(...found.filter(({ partition }) => doesFit(partition, filter)));
      const last = found.at(-1);
      if (last === undefined || page.length < pageMax || fitting.length >= limit) return fitting;
      after = last.partition.id;
    }
  }

  #keep(each: KeyValue): Found {
    const { key, revision } = each;
    const found = { key, revision, ...this.#reads.partition(each) };
    this.#known.set(found.partition.id, found);
    return found;
  }
}

export function doesFit({ status, workerId }: Partition, filter: PartitionFilter): boolean {
  if (filter.statuses !== undefined && !filter.statuses.includes(status)) return false;
  return filter.workerId === undefined || filter.workerId === workerId;
}
