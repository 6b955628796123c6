import type { DatabaseSync } from 'node:sqlite';
import type { IdRange } from '../../../domain/id-range.ts';
import {
  isHeld,
  NO_PARTITIONS,
  PARTITION_STATUSES,
  type Partition,
  type PartitionCounts,
  type PartitionStatus,
} from '../../../domain/partition.ts';
import { SqlRow } from '../../sqlite/sql-row.ts';
import {
  type NamespaceState,
  NEW_NAMESPACE,
  type PartitionData,
  type Presence,
} from '../engine/partition-data.ts';
import {
  endOf,
  lastIdOf,
  type PartitionRow,
  partitionsOf,
  partOf,
  type Stretch,
  stretchesOf,
} from '../engine/stretch.ts';
import type { KeptCommand, PartitionFilter } from '../partition-store.ts';
import { storeLostError } from '../store-errors.ts';
import { CompletedRanges } from './completed-ranges.ts';
import type { OpenNamespace } from './partition-schema.ts';
import { prepareStatements } from './partition-statements.ts';
import { StretchTable } from './stretch-table.ts';

/** Instead of IDs: all. */
const ALL = '';

/**
 * A namespace's data in the tables of a SQLite file, as one transaction sees them. What there is
 * one of is read when the transaction begins, and written when it ends. What was read is known as
 * long as nobody else writes.
 */
export class SqlitePartitionData implements PartitionData {
  readonly #name: string;
  readonly #namespace: number;
  readonly #incarnation: string;
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #completed: CompletedRanges;
  readonly #completedIds: CompletedRanges;
  readonly #table: StretchTable;
  /** Of the file, when that was read; null: nothing was. */
  #version: number | null = null;
  #state = NEW_NAMESPACE;
  #counts: Record<PartitionStatus, number> = { ...NO_PARTITIONS };
  #isChanged = false;

  constructor(db: DatabaseSync, name: string, { id, incarnation }: OpenNamespace) {
    this.#name = name;
    this.#namespace = id;
    this.#incarnation = incarnation;
    this.#sql = prepareStatements(db);
    this.#table = new StretchTable(db, id);
    this.#completed = new CompletedRanges(db, id, 'span');
    this.#completedIds = new CompletedRanges(db, id, 'id');
  }

  /** @throws AppError `conflict`, `store_lost`. */
  begin(): void {
    const version = new SqlRow(this.#sql.version.get() ?? {}).int('data_version');
    if (version === this.#version) return;
    this.forget();
    const found = this.#sql.namespace.get(this.#namespace);
    if (found?.['incarnation'] !== this.#incarnation) throw storeLostError(this.#name);
    const row = new SqlRow(found);
    const plannedTo = found['planned_to'];
    this.#state = {
      turn: { candidate: row.text('candidate'), epoch: row.int('epoch') },
      leaderUntilMs: row.real('leader_until'),
      plannedTo: typeof plannedTo === 'string' ? BigInt(plannedTo) : null,
      lastPartitionId: row.int('last_partition'),
      lastToken: row.int('last_token'),
      mark: row.text('mark'),
      isPaused: row.int('is_paused') === 1,
    };
    this.#counts = countsOf((status) => row.int(status));
    this.#version = version;
  }

  /** What was done since the beginning has not happened. */
  forget(): void {
    this.#version = null;
    this.#isChanged = false;
    this.#table.forget();
    this.#completed.discard();
    this.#completedIds.discard();
  }

  end(): void {
    this.#completed.flush();
    this.#completedIds.flush();
    if (!this.#isChanged) return;
    this.#isChanged = false;
    const { turn, leaderUntilMs, plannedTo, lastPartitionId, lastToken } = this.#state;
    const { mark, isPaused } = this.#state;
    this.#sql.setNamespace.run(
      ...[turn.candidate, turn.epoch, leaderUntilMs, plannedTo, lastPartitionId, lastToken],
      ...[mark, Number(isPaused)],
      ...PARTITION_STATUSES.map((status) => this.#counts[status]),
      this.#namespace,
    );
  }

  state(): NamespaceState {
    return this.#state;
  }

  setState(change: Partial<NamespaceState>): void {
    this.#state = { ...this.#state, ...change };
    this.#isChanged = true;
  }

  counts(): PartitionCounts {
    return { ...this.#counts };
  }

  recount(): PartitionCounts {
    const were = this.#counts;
    const found = this.#table.counts();
    this.#counts = {
      ...countsOf((status) => found.get(status) ?? 0),
      completed: were.completed,
    };
    this.#isChanged = true;
    return were;
  }

  get(id: number): PartitionRow | null {
    const found = this.alike(id, 1);
    return found === null ? null : { partition: found.first, leaseUntilMs: found.leaseUntilMs };
  }

  alike(id: number, most: number): Stretch | null {
    const stretch = this.#table.holding(id);
    return stretch === null ? null : partOf(stretch, id, most);
  }

  list(filter: PartitionFilter): Partition[] {
    const { statuses, workerId, ids, afterId = 0, limit } = filter;
    if (ids === undefined) return this.#behind(filter);
    return [...new Set(ids)]
      .toSorted((a, b) => a - b)
      .filter((id) => id > afterId)
      .map((id) => this.get(id)?.partition)
      .filter((each) => each !== undefined)
      .filter(({ status }) => statuses === undefined || statuses.includes(status))
      .filter((each) => workerId === undefined || each.workerId === workerId)
      .slice(0, limit);
  }

  ready(limit: number): Stretch[] {
    return this.#table.first(limit, 'ready');
  }

  expired(atMs: number, limit: number): Stretch[] {
    return this.#table.first(limit, 'expired', atMs);
  }

  due(nowMs: number, limit: number): Stretch[] {
    return this.#table.first(limit, 'due', nowMs);
  }

  heldCounts(): ReadonlyMap<string, number> {
    return this.#table.heldCounts();
  }

  heldBy(workerId: string): Stretch[] {
    return [...this.#table.all('heldBy', workerId)];
  }

  isTaken(range: IdRange): boolean {
    return this.#table.isTaken(range);
  }

  completedIn(range: IdRange): IdRange[] {
    return this.#completed.in(range);
  }

  isCompleted(id: number): boolean {
    return this.#completedIds.in(justThis(id)).length > 0;
  }

  add(partitions: readonly Partition[]): void {
    this.#table.add(stretchesOf(partitions));
    for (const { status } of partitions) this.#count(status, 1);
  }

  replace(before: Stretch, after: Stretch): void {
    const { first, count } = after;
    this.#count(before.first.status, -count);
    this.#count(first.status, count);
    if (first.status === 'completed') {
      this.#table.replace(before, null);
      this.#completed.add({ min: first.min, max: endOf(after) });
      this.#completedIds.add({ min: BigInt(first.id), max: BigInt(lastIdOf(after)) });
    } else {
      this.#table.replace(before, isHeld(first.status) ? after : { ...after, leaseUntilMs: 0 });
    }
  }

  renew(held: Stretch, leaseUntilMs: number, nowMs: number): void {
    const first = { ...held.first, lastHeartbeatMs: nowMs };
    this.#table.replace(held, { first, count: held.count, leaseUntilMs });
  }

  remove({ id, status }: Partition): void {
    const there = this.alike(id, 1);
    if (there === null) return;
    this.#table.replace(there, null);
    this.#count(status, -1);
  }

  workers(): Presence[] {
    return this.#sql.workers.all(this.#namespace).map((found) => {
      const row = new SqlRow(found);
      return {
        workerId: row.text('worker'),
        sinceMs: row.real('since'),
        lastSeenMs: row.real('last_seen'),
        untilMs: row.real('until'),
      };
    });
  }

  setWorker({ workerId, sinceMs, lastSeenMs, untilMs }: Presence): void {
    this.#sql.setWorker.run(this.#namespace, workerId, sinceMs, lastSeenMs, untilMs);
  }

  dropWorker(workerId: string): void {
    this.#sql.dropWorker.run(this.#namespace, workerId);
  }

  command(id: string): KeptCommand | null {
    const found = this.#sql.command.get(this.#namespace, id);
    return found === undefined ? null : commandOf(new SqlRow(found));
  }

  setCommand({ id, submittedAtMs, done, retry }: KeptCommand): void {
    const { ids, isForced, limit } = retry;
    const { retried, skipped } = done?.retried ?? { retried: [], skipped: [] };
    this.#sql.setCommand.run(
      ...[this.#namespace, id, submittedAtMs, done?.atMs ?? null],
      ...[ids === null ? ALL : JSON.stringify(ids), Number(isForced), limit],
      ...[JSON.stringify(retried), JSON.stringify(skipped)],
    );
  }

  pendingCommands(limit: number): KeptCommand[] {
    const found = this.#sql.pendingCommands.all(this.#namespace, limit);
    return found.map((each) => commandOf(new SqlRow(each)));
  }

  forgetCommands(doneBeforeMs: number): void {
    this.#sql.forgetCommands.run(this.#namespace, doneBeforeMs);
  }

  #behind({ statuses, workerId, afterId = 0, limit }: PartitionFilter): Partition[] {
    const found: Partition[] = [];
    const wanted = statuses === undefined ? null : JSON.stringify(statuses);
    for (const stretch of this.#table.all('behind', afterId, wanted, workerId ?? null)) {
      const from = Math.max(stretch.first.id, afterId + 1);
      const room = limit - found.length;
      if (room <= 0) break;
      found.push(...partitionsOf(partOf(stretch, from, room)));
    }
    return found;
  }

  #count(status: Partition['status'], by: number): void {
    this.#counts[status] += by;
    this.#isChanged = true;
  }
}

function justThis(id: number): IdRange {
  return { min: BigInt(id), max: BigInt(id) };
}

function commandOf(row: SqlRow): KeptCommand {
  const [atMs, ids] = [row.realOrNull('done'), row.text('ids')];
  const retried = {
    retried: numbersOf(row.text('retried')),
    skipped: numbersOf(row.text('skipped')),
  };
  return {
    ...{ id: row.text('id'), submittedAtMs: row.real('submitted') },
    retry: {
      ...{ ids: ids === ALL ? null : numbersOf(ids) },
      ...{ isForced: row.int('is_forced') === 1, limit: row.int('most') },
    },
    done: atMs === null ? null : { atMs, retried },
  };
}

function numbersOf(text: string): number[] {
  const numbers: unknown = JSON.parse(text);
  return Array.isArray(numbers) ? numbers.filter((each) => typeof each === 'number') : [];
}

function countsOf(of: (status: PartitionStatus) => number): Record<PartitionStatus, number> {
  return {
    pending: of('pending'),
    claimed: of('claimed'),
    running: of('running'),
    completed: of('completed'),
    failed: of('failed'),
    dead: of('dead'),
  };
}
