import type { InstanceEvent, InstanceRecord } from '../../../domain/instance-record.ts';
import type { Clock } from '../../../kernel/clock.ts';
import {
  type Changes,
  EVENTS_MAX,
  type InstanceChange,
  type InstancePage,
  type RegistryStore,
  type RenewOutcome,
  type StoredInstance,
  type WriteOutcome,
} from '../registry-store.ts';

interface Entry {
  readonly record: InstanceRecord;
  readonly revision: number;
  readonly lease: { readonly untilMs: number; readonly renewedMs: number } | null;
  readonly events: readonly InstanceEvent[];
}

interface Tombstone {
  readonly id: string;
  readonly service: string;
  readonly revision: number;
}

/** Instances for as long as this process lives, and by its clock: for tests, and for trying it out. */
export function memoryRegistryStore(clock: Pick<Clock, 'now' | 'monotonicMs'>): RegistryStore {
  const data = new MemoryRegistry(clock);
  return {
    find: async (ids) => ids.map((id) => data.find(id)),
    list: async (page) => data.list(page),
    services: async () => data.services(),
    write: async (changes) => changes.map((change) => data.write(change)),
    renew: async (ids, ttlMs) => ids.map((id) => data.renew(id, ttlMs)),
    overdue: async (limit) => data.overdue(limit),
    changesSince: async (revision, limit) => data.changesSince(revision, limit),
    revision: async () => data.revision,
    history: async (id) => data.history(id),
    own: async (owner, leaseMs) => data.own(owner, leaseMs),
    disown: async (owner) => data.disown(owner),
    forget: async (keep) => data.forget(keep),
    close: async () => undefined,
  };
}

class MemoryRegistry {
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly #entries = new Map<string, Entry>();
  /** By ID, in the order of their revisions. */
  readonly #removed = new Map<string, Tombstone>();
  #floor: number;
  #turn = { owner: '', epoch: 0, untilMs: 0 };
  revision: number;

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.#clock = clock;
    this.revision = clock.now();
    this.#floor = this.revision;
  }

  find(id: string): StoredInstance | null {
    const entry = this.#entries.get(id);
    return entry === undefined ? null : this.#shown(entry);
  }

  list({ service, after, limit }: InstancePage): readonly StoredInstance[] {
    return [...this.#entries.values()]
      .filter(({ record: { id, name } }) => id > after && (service === null || name === service))
      .sort((a, b) => (a.record.id < b.record.id ? -1 : 1))
      .slice(0, limit)
      .map((entry) => this.#shown(entry));
  }

  services() {
    const byName = Map.groupBy(this.#entries.values(), ({ record }) => record.name);
    return [...byName]
      .map(([name, entries]) => ({ name, instances: entries.length }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  write(change: InstanceChange): WriteOutcome {
    const entry = this.#entries.get(change.id);
    const refusal = this.#refusal(change, entry);
    if (refusal !== null) return refusal;
    this.revision += 1;
    if (change.record === null) this.#remove(change.id, entry);
    else this.#put(change, change.record, entry);
    return { isDone: true, revision: this.revision };
  }

  renew(id: string, ttlMs: number): RenewOutcome {
    const entry = this.#entries.get(id);
    if (entry === undefined) return 'unknown';
    if (entry.lease === null) return 'ended';
    this.#entries.set(id, { ...entry, lease: this.#leaseOf(ttlMs) });
    return 'renewed';
  }

  overdue(limit: number) {
    const nowMs = this.#clock.monotonicMs();
    const leases = [...this.#entries.values()].flatMap(({ record: { id }, lease }) =>
      lease === null ? [] : [{ id, untilMs: lease.untilMs }],
    );
    const ended = leases.filter(({ untilMs }) => untilMs <= nowMs);
    ended.sort((a, b) => a.untilMs - b.untilMs);
    const ids = ended.slice(0, limit).map(({ id }) => id);
    return { ids, ended: ended.length, leases: leases.length };
  }

  changesSince(revision: number, limit: number): Changes | null {
    if (revision < this.#floor || revision > this.revision) return null;
    // Most who ask do so in vain.
    if (revision === this.revision) return { revision, changes: [], isMore: false };
    const isLater = (one: { readonly revision: number }) => one.revision > revision;
    const there = [...this.#entries.values()].filter(isLater).map((entry) => ({
      ...{ id: entry.record.id, service: entry.record.name, revision: entry.revision },
      instance: this.#shown(entry),
    }));
    const removed = [...this.#removed.values()].filter(isLater);
    const all = [...there, ...removed.map((tombstone) => ({ ...tombstone, instance: null }))];
    all.sort((a, b) => a.revision - b.revision);
    const changes = all.slice(0, limit);
    const isMore = all.length > changes.length;
    return {
      changes,
      isMore,
      revision: isMore ? (changes.at(-1)?.revision ?? revision) : this.revision,
    };
  }

  history(id: string): readonly InstanceEvent[] {
    return this.#entries.get(id)?.events ?? [];
  }

  own(owner: string, leaseMs: number): number | null {
    const nowMs = this.#clock.monotonicMs();
    const isOver = this.#turn.untilMs <= nowMs;
    if (!isOver && this.#turn.owner !== owner) return null;
    const epoch = isOver ? this.#turn.epoch + 1 : this.#turn.epoch;
    this.#turn = { owner, epoch, untilMs: nowMs + leaseMs };
    return epoch;
  }

  disown(owner: string): void {
    if (this.#turn.owner === owner) this.#turn = { ...this.#turn, untilMs: 0 };
  }

  forget(keep: number): void {
    for (const { id, revision } of this.#removed.values()) {
      if (this.#removed.size <= keep) return;
      this.#removed.delete(id);
      this.#floor = revision;
    }
  }

  #refusal({ expected, fence }: InstanceChange, entry: Entry | undefined): WriteOutcome | null {
    if (fence !== undefined && !this.#isTurn(fence.epoch)) {
      return { isDone: false, why: 'fenced', there: null };
    }
    const there = entry === undefined ? null : this.#shown(entry);
    if ((there?.revision ?? 0) !== expected) return { isDone: false, why: 'changed', there };
    return fence?.isOverdue === true && lasts(there)
      ? { isDone: false, why: 'renewed', there }
      : null;
  }

  #isTurn(epoch: number): boolean {
    return epoch === this.#turn.epoch && this.#turn.untilMs > this.#clock.monotonicMs();
  }

  #put({ id, lease, event }: InstanceChange, record: InstanceRecord, before: Entry | undefined) {
    const events = before?.events ?? [];
    // One that is there again is no longer removed.
    this.#removed.delete(id);
    this.#entries.set(id, {
      ...{ record, revision: this.revision },
      lease: this.#changedLease(lease, before),
      events: event === null ? events : [event, ...events].slice(0, EVENTS_MAX),
    });
  }

  #changedLease(lease: InstanceChange['lease'], before: Entry | undefined): Entry['lease'] {
    if (lease === 'end') return null;
    return lease === 'keep' ? (before?.lease ?? null) : this.#leaseOf(lease.ttlMs);
  }

  #remove(id: string, entry: Entry | undefined): void {
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#removed.set(id, { id, service: entry.record.name, revision: this.revision });
  }

  #leaseOf(ttlMs: number) {
    const renewedMs = this.#clock.monotonicMs();
    return { renewedMs, untilMs: renewedMs + ttlMs };
  }

  #shown({ record, revision, lease }: Entry): StoredInstance {
    const nowMs = this.#clock.monotonicMs();
    return {
      ...{ record, revision },
      lease: lease && { leftMs: lease.untilMs - nowMs, sinceRenewMs: nowMs - lease.renewedMs },
    };
  }
}

function lasts(there: StoredInstance | null): boolean {
  return (there?.lease?.leftMs ?? 0) > 0;
}
