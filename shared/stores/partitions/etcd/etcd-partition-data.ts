import type { IdRange } from '../../../domain/id-range.ts';
import { isHeld, type Partition, type PartitionCounts } from '../../../domain/partition.ts';
import type { NamespaceState, PartitionData, Presence } from '../engine/partition-data.ts';
import { type PartitionRow, type Stretch, stretchOfOne } from '../engine/stretch.ts';
import type { KeptCommand, PartitionFilter } from '../partition-store.ts';
import type { ClaimPlace, Picked } from './claim-place.ts';
import { EtcdCommands } from './etcd-commands.ts';
import type { EtcdKeys } from './etcd-keys.ts';
import { EtcdNamespace } from './etcd-namespace.ts';
import type { EtcdReads } from './etcd-reads.ts';
import { doesFit, EtcdRooms, type Found } from './etcd-rooms.ts';
import { EtcdSums } from './etcd-sums.ts';
import { EtcdWrites } from './etcd-writes.ts';
import type { WrittenHeld } from './held-cache.ts';
import type { Ledger } from './ledger.ts';
import { partitionText } from './partition-text.ts';

/** The engine's monotonic clock stands still at 0: what lasts ends after that, by etcd's leases. */
const LASTS_UNTIL_MS = 1;

export interface DataOptions {
  readonly keys: EtcdKeys;
  readonly reads: EtcdReads;
  readonly ledger: Ledger;
  readonly place: ClaimPlace;
}

/** A partition that this step has changed: as it is now, and where it is, or that it is gone. */
interface Changed {
  readonly row: PartitionRow | null;
}

/** A namespace's data as one step on etcd sees them: what was read before, and what it will write. */
export class EtcdPartitionData implements PartitionData {
  readonly writes = new EtcdWrites();
  readonly rooms: EtcdRooms;
  readonly namespace: EtcdNamespace;
  readonly sums: EtcdSums;
  readonly commands: EtcdCommands;
  /** Partitions whose holders are heard of. */
  readonly renewed = new Map<number, Found>();
  /** Partitions whose holders go on under a new lease. */
  readonly moved: number[] = [];
  /** What is written of held ones, by ID; null: nobody holds it any more. */
  readonly held = new Map<number, WrittenHeld | null>();
  /** Partitions that were handed to a new holder. */
  readonly handed: number[] = [];
  /** More of one worker's are not looked at. */
  heldMax = Number.MAX_SAFE_INTEGER;
  /** What waited, and is claimed; null: nothing was looked for. */
  picked: Picked | null = null;
  /** The worker that is heard of. */
  presence: Presence | null = null;
  readonly #options: DataOptions;
  readonly #changed = new Map<number, Changed>();

  constructor(options: DataOptions) {
    const { keys, reads, ledger } = options;
    this.#options = options;
    this.rooms = new EtcdRooms(keys, reads);
    this.namespace = new EtcdNamespace(keys, reads, this.writes);
    this.sums = new EtcdSums({ keys, reads, writes: this.writes, ledger, rooms: this.rooms });
    this.commands = new EtcdCommands(keys, reads, this.writes);
  }

  /** Writes what is kept back until all is known. */
  end(): void {
    this.namespace.write();
    this.sums.write();
  }

  state(): NamespaceState {
    return this.namespace.state;
  }

  setState(change: Partial<NamespaceState>): void {
    this.namespace.change(change);
  }

  counts(): PartitionCounts {
    return this.sums.counts();
  }

  recount(): PartitionCounts {
    return this.sums.recount();
  }

  get(id: number): PartitionRow | null {
    const changed = this.#changed.get(id);
    if (changed !== undefined) return changed.row;
    const found = this.rooms.get(id);
    return found === null ? null : this.#row(found);
  }

  alike(id: number): Stretch | null {
    const row = this.get(id);
    return row === null ? null : stretchOfOne(row);
  }

  list(filter: PartitionFilter): Partition[] {
    const { ids, afterId = 0, limit } = filter;
    if (ids === undefined) return this.#shown(this.rooms.list(filter));
    this.rooms.find(ids.filter((id) => !this.#changed.has(id)));
    const there = [...new Set(ids)].toSorted((a, b) => a - b).map((id) => this.get(id)?.partition);
    return there
      .filter((partition) => partition !== undefined)
      .filter((partition) => partition.id > afterId && doesFit(partition, filter))
      .slice(0, limit);
  }

  ready(limit: number): Stretch[] {
    if (limit <= 0) return [];
    const picked = this.#options.place.pick(this.rooms.waitingRoom(), limit);
    this.picked = picked;
    // What is known from before is in its order only as long as nothing was put in.
    if (picked.seenAt === null) this.writes.guard(this.#options.keys.one('added'), picked.addedAt);
    return this.#untouched(this.rooms.waiting(picked.rows));
  }

  /** Reads what a claim of so many goes by, or takes it from an earlier read. */
  lookAtWaiting(limit: number): void {
    const { place, reads, keys } = this.#options;
    const addedAt = reads.revision === 0 ? place.aheadOf(limit) : null;
    if (addedAt === null) {
      this.rooms.lookAtWaiting(place.look(limit));
    } else {
      // It was not paused then; if it is now the step finds that out by comparing.
      reads.seedNone(keys.one('paused'));
    }
  }

  expired(_atMs: number, limit: number): Stretch[] {
    if (limit <= 0) return [];
    const lasting = this.rooms.lookAtLeases();
    const over = this.rooms.held().filter(({ lease }) => !lasting.has(lease));
    return this.#untouched(over).slice(0, limit);
  }

  due(nowMs: number, limit: number): Stretch[] {
    return limit <= 0 ? [] : this.#untouched(this.rooms.due(nowMs, limit));
  }

  heldBy(workerId: string): Stretch[] {
    const held = this.rooms.held().filter(({ partition }) => partition.workerId === workerId);
    return this.#untouched(held).slice(0, this.heldMax);
  }

  heldCounts(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { partition } of this.rooms.held()) {
      counts.set(partition.workerId, (counts.get(partition.workerId) ?? 0) + 1);
    }
    return counts;
  }

  isTaken(range: IdRange): boolean {
    return this.sums.made.rangesIn(range).length > 0;
  }

  completedIn(range: IdRange): IdRange[] {
    return this.sums.completedIn(range);
  }

  isCompleted(id: number): boolean {
    return this.sums.isCompleted(id);
  }

  add(partitions: readonly Partition[]): void {
    this.namespace.touchPlan();
    for (const partition of partitions) {
      this.sums.make(partition);
      this.#put(partition, '');
      this.#changed.set(partition.id, { row: { partition, leaseUntilMs: 0 } });
      this.sums.ledger.count(partition.status, 1);
    }
  }

  replace({ first: before }: Stretch, { first: partition, leaseUntilMs }: Stretch): void {
    const found = this.#place(before.id);
    this.#leave(before, found);
    const isHanded = partition.token !== before.token;
    if (partition.status === 'completed') {
      this.sums.ledger.complete(partition);
      this.#changed.set(partition.id, { row: null });
    } else {
      this.#put(partition, isHanded ? null : found.lease);
      this.#changed.set(partition.id, { row: { partition, leaseUntilMs } });
    }
    if (isHanded) this.handed.push(partition.id);
    this.sums.ledger.count(before.status, -1);
    this.sums.ledger.count(partition.status, 1);
  }

  renew({ first: { id } }: Stretch): void {
    this.renewed.set(id, this.#place(id));
  }

  remove(partition: Partition): void {
    this.#leave(partition, this.#place(partition.id));
    this.#changed.set(partition.id, { row: null });
    this.namespace.touchPlan();
    this.sums.unmake(partition, (id) => this.get(id) !== null);
    this.sums.ledger.count(partition.status, -1);
  }

  workers(): Presence[] {
    const known = this.namespace.workers();
    if (this.presence === null) return known;
    const { workerId } = this.presence;
    return [...known.filter((each) => each.workerId !== workerId), this.presence];
  }

  setWorker(presence: Presence): void {
    this.presence = presence;
    this.namespace.setWorker(presence);
  }

  dropWorker(workerId: string): void {
    this.namespace.dropWorker(workerId);
  }

  command(id: string): KeptCommand | null {
    return this.commands.get(id);
  }

  setCommand(command: KeptCommand): void {
    this.commands.set(command);
  }

  pendingCommands(limit: number): KeptCommand[] {
    return this.commands.pending(limit);
  }

  forgetCommands(doneBeforeMs: number): void {
    this.commands.forget(doneBeforeMs);
  }

  /** Its holder goes on under the new lease. */
  move({ partition, key, revision }: Found): void {
    this.moved.push(partition.id);
    this.writes.put(key, revision, (lease) =>
      partitionText(partition, { lease: String(lease), isNew: false }),
    );
    this.held.set(partition.id, { key, partition, lease: null, isHanded: false });
  }

  #row(found: Found): PartitionRow {
    const isLasting = this.rooms.isLasting(found.lease);
    return { partition: this.rooms.shown(found), leaseUntilMs: isLasting ? LASTS_UNTIL_MS : 0 };
  }

  /** Where it was read. */
  #place(id: number): Found {
    const found = this.rooms.get(id);
    if (found === null) throw new Error(`there is no partition ${id}`);
    return found;
  }

  /**
   * `lease` null: the one that the new holder gets. Nothing is compared: where it was before is, and
   * of a new one the plan.
   */
  #put(partition: Partition, lease: string | null): void {
    const { keys } = this.#options;
    const held = isHeld(partition.status);
    const key = this.#keyOf(partition);
    this.writes.putNow(key, (fresh) =>
      partitionText(partition, {
        lease: held ? (lease ?? String(fresh)) : '',
        isNew: lease === null,
      }),
    );
    const { id, status, priority, nextRunAtMs } = partition;
    if (held) this.held.set(id, { key, partition, lease, isHanded: lease === null });
    if (status === 'failed') this.writes.putBlindly(keys.due(nextRunAtMs, id), '');
    if (status !== 'pending') return;
    this.namespace.usePriority(priority, this.rooms.priorities());
    this.writes.putBlindly(keys.one('added'), '');
  }

  #keyOf({ id, status, priority }: Partition): string {
    const { keys } = this.#options;
    if (isHeld(status)) return keys.held(id);
    return status === 'pending' ? keys.waiting(priority, id) : keys.over(id);
  }

  /** Of its own key the revision is compared, whatever comes to stand there. */
  #leave(before: Partition, { key, revision }: Found): void {
    this.writes.delete(key, revision);
    this.held.set(before.id, null);
    if (this.#changed.has(before.id)) {
      // Of several changes in one step only the last one is written.
      const between = this.#keyOf(before);
      if (between !== key) this.writes.drop(between);
    }
    if (before.status === 'failed') {
      this.writes.deleteBlindly(this.#options.keys.due(before.nextRunAtMs, before.id));
    }
  }

  #shown(found: readonly Found[]): Partition[] {
    return found.map((each) => this.rooms.shown(each));
  }

  /** What has changed in this step is not what was read any more. */
  #untouched(found: readonly Found[]): Stretch[] {
    return found
      .filter(({ partition }) => !this.#changed.has(partition.id))
      .map(({ partition }) => stretchOfOne({ partition, leaseUntilMs: 0 }));
  }
}
