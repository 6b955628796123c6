import { Coverage } from '../../../domain/coverage.ts';
import { doOverlap, type IdRange, sizeOf } from '../../../domain/id-range.ts';
import {
  isHeld,
  NO_PARTITIONS,
  type Partition,
  type PartitionCounts,
} from '../../../domain/partition.ts';
import { BusyMap } from '../../../kernel/busy-map.ts';
import { Heap } from '../../../kernel/heap.ts';
import {
  type NamespaceState,
  NEW_NAMESPACE,
  type PartitionData,
  type Presence,
} from '../engine/partition-data.ts';
import { type PartitionRow, type Stretch, stretchOfOne } from '../engine/stretch.ts';
import type { KeptCommand, PartitionFilter } from '../partition-store.ts';

/** All of a namespace, at one moment. */
export interface NamespaceSnapshot {
  readonly state: NamespaceState;
  readonly rows: readonly PartitionRow[];
  readonly completed: readonly IdRange[];
  readonly completedIds: readonly IdRange[];
  readonly workers: readonly Presence[];
  readonly commands: readonly KeptCommand[];
}

export const NEW_SNAPSHOT: NamespaceSnapshot = {
  ...{ state: NEW_NAMESPACE, rows: [], completed: [], completedIds: [] },
  ...{ workers: [], commands: [] },
};

interface At {
  readonly id: number;
  readonly ms: number;
}

/**
 * A namespace's data in memory. What must be found at once lies in heaps; an entry there may be out
 * of date, or be there twice: what it says is looked up when its turn comes.
 */
export class MemoryPartitionData implements PartitionData {
  readonly #completed: Coverage;
  readonly #completedIds: Coverage;
  readonly #rows = new BusyMap<number, PartitionRow>();
  readonly #byWorker = new Map<string, Set<number>>();
  readonly #workers = new Map<string, Presence>();
  readonly #commands = new Map<string, KeptCommand>();
  readonly #ready = new Heap<Pick<Partition, 'id' | 'priority'>>(isReadyBefore);
  readonly #leases = new Heap<At>(isEarlier);
  readonly #due = new Heap<At>(isEarlier);
  #counts: PartitionCounts;
  #state: NamespaceState;

  constructor({ state, rows, workers, commands, ...completed } = NEW_SNAPSHOT) {
    this.#state = state;
    this.#completed = new Coverage(completed.completed);
    this.#completedIds = new Coverage(completed.completedIds);
    this.#counts = { ...NO_PARTITIONS, completed: countOf(completed.completedIds) };
    for (const row of rows) this.#put(row);
    for (const worker of workers) this.setWorker(worker);
    for (const command of commands) this.setCommand(command);
  }

  snapshot(): NamespaceSnapshot {
    return {
      state: this.#state,
      rows: [...this.#rows.values()],
      completed: this.#completed.ranges,
      completedIds: this.#completedIds.ranges,
      workers: this.workers(),
      commands: [...this.#commands.values()],
    };
  }

  state(): NamespaceState {
    return this.#state;
  }

  setState(change: Partial<NamespaceState>): void {
    this.#state = { ...this.#state, ...change };
  }

  counts(): PartitionCounts {
    return this.#counts;
  }

  recount(): PartitionCounts {
    const were = this.#counts;
    this.#counts = { ...NO_PARTITIONS, completed: were.completed };
    for (const { partition } of this.#rows.values()) this.#count(partition.status, 1);
    return were;
  }

  get(id: number): PartitionRow | null {
    return this.#rows.get(id) ?? null;
  }

  alike(id: number): Stretch | null {
    const row = this.#rows.get(id);
    return row === undefined ? null : stretchOfOne(row);
  }

  list({ statuses, workerId, ids, afterId = 0, limit }: PartitionFilter): Partition[] {
    const asked = ids === undefined ? this.#rows.keys() : new Set(ids);
    return [...asked]
      .map((id) => this.#rows.get(id)?.partition)
      .filter((each) => each !== undefined)
      .filter(({ id }) => id > afterId)
      .filter(({ status }) => statuses === undefined || statuses.includes(status))
      .filter((each) => workerId === undefined || each.workerId === workerId)
      .toSorted((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  ready(limit: number): Stretch[] {
    const found = new Map<number, PartitionRow>();
    while (found.size < limit) {
      const next = this.#ready.pop();
      if (next === undefined) break;
      const row = this.#rows.get(next.id);
      const { status, priority } = row?.partition ?? {};
      const isNow = status === 'pending' && priority === next.priority;
      if (isNow && row !== undefined) found.set(next.id, row);
    }
    for (const { partition } of found.values()) this.#ready.push(partition);
    return Array.from(found.values(), stretchOfOne);
  }

  expired(atMs: number, limit: number): Stretch[] {
    if (limit <= 0) return [];
    return this.#until(this.#leases, atMs, limit, ({ partition, leaseUntilMs }) =>
      isHeld(partition.status) ? leaseUntilMs : null,
    );
  }

  due(nowMs: number, limit: number): Stretch[] {
    return this.#until(this.#due, nowMs, limit, ({ partition }) =>
      partition.status === 'failed' ? partition.nextRunAtMs : null,
    );
  }

  heldBy(workerId: string): Stretch[] {
    const ids = this.#byWorker.get(workerId) ?? [];
    return [...ids]
      .toSorted((a, b) => a - b)
      .map((id) => this.alike(id))
      .filter((held) => held !== null);
  }

  heldCounts(): ReadonlyMap<string, number> {
    return new Map([...this.#byWorker].map(([workerId, held]) => [workerId, held.size]));
  }

  isTaken(range: IdRange): boolean {
    for (const { partition } of this.#rows.values()) if (doOverlap(partition, range)) return true;
    return false;
  }

  completedIn(range: IdRange): IdRange[] {
    return this.#completed.rangesIn(range);
  }

  isCompleted(id: number): boolean {
    return this.#completedIds.has(BigInt(id));
  }

  add(partitions: readonly Partition[]): void {
    for (const partition of partitions) this.#put({ partition, leaseUntilMs: 0 });
  }

  replace(before: Stretch, { first: partition, leaseUntilMs }: Stretch): void {
    this.remove(before.first);
    if (partition.status !== 'completed') {
      this.#put({ partition, leaseUntilMs });
      return;
    }
    this.#count('completed', 1);
    this.#completed.add(partition);
    const id = BigInt(partition.id);
    this.#completedIds.add({ min: id, max: id });
  }

  renew({ first }: Stretch, leaseUntilMs: number, nowMs: number): void {
    const partition = { ...first, lastHeartbeatMs: nowMs };
    this.#rows.set(first.id, { partition, leaseUntilMs });
  }

  remove({ id, status, workerId }: Partition): void {
    this.#rows.delete(id);
    this.#count(status, -1);
    const held = this.#byWorker.get(workerId);
    held?.delete(id);
    if (held?.size === 0) this.#byWorker.delete(workerId);
  }

  workers(): Presence[] {
    return [...this.#workers.values()];
  }

  setWorker(presence: Presence): void {
    this.#workers.set(presence.workerId, presence);
  }

  dropWorker(workerId: string): void {
    this.#workers.delete(workerId);
  }

  command(id: string): KeptCommand | null {
    return this.#commands.get(id) ?? null;
  }

  setCommand(command: KeptCommand): void {
    this.#commands.set(command.id, command);
  }

  pendingCommands(limit: number): KeptCommand[] {
    return [...this.#commands.values()].filter(({ done }) => done === null).slice(0, limit);
  }

  forgetCommands(doneBeforeMs: number): void {
    for (const { id, done } of this.#commands.values()) {
      if (done !== null && done.atMs < doneBeforeMs) this.#commands.delete(id);
    }
  }

  #put(row: PartitionRow): void {
    const { id, status, priority, workerId, nextRunAtMs } = row.partition;
    this.#rows.set(id, row);
    this.#count(status, 1);
    if (status === 'pending') this.#ready.push({ id, priority });
    if (status === 'failed') this.#due.push({ id, ms: nextRunAtMs });
    if (!isHeld(status)) return;
    this.#leases.push({ id, ms: row.leaseUntilMs });
    const held = this.#byWorker.get(workerId) ?? new Set();
    this.#byWorker.set(workerId, held.add(id));
  }

  /** The first ones whose time, as it is now, has come; `timeOf` is null for what has none. */
  #until(
    heap: Heap<At>,
    ms: number,
    limit: number,
    timeOf: (row: PartitionRow) => number | null,
  ): Stretch[] {
    const found = new Map<At, PartitionRow>();
    const ids = new Set<number>();
    for (const at of past(heap, ms)) {
      const row = this.#rows.get(at.id);
      const time = row === undefined ? null : timeOf(row);
      if (row === undefined || time === null || ids.has(at.id)) continue;
      if (time !== at.ms) {
        heap.push({ id: at.id, ms: time });
        continue;
      }
      found.set(at, row);
      ids.add(at.id);
      if (found.size >= limit) break;
    }
    // They are found again as long as they are as they are.
    for (const at of found.keys()) heap.push(at);
    return Array.from(found.values(), stretchOfOne);
  }

  #count(status: Partition['status'], by: number): void {
    this.#counts = { ...this.#counts, [status]: this.#counts[status] + by };
  }
}

function countOf(ids: readonly IdRange[]): number {
  return ids.reduce((count, range) => count + Number(sizeOf(range)), 0);
}

/** Takes out what the heap says has its time behind it. */
function* past(heap: Heap<At>, ms: number): Iterable<At> {
  for (let next = heap.first; next !== undefined && next.ms <= ms; next = heap.first) {
    heap.pop();
    yield next;
  }
}

function isReadyBefore(
  a: Pick<Partition, 'id' | 'priority'>,
  b: Pick<Partition, 'id' | 'priority'>,
): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.id < b.id;
}

function isEarlier(a: At, b: At): boolean {
  return a.ms !== b.ms ? a.ms < b.ms : a.id < b.id;
}
