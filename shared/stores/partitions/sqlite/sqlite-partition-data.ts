import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
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
  type PartitionRow,
  type Presence,
} from '../engine/partition-data.ts';
import type { KeptCommand, PartitionFilter } from '../partition-store.ts';
import { storeLostError } from '../store-errors.ts';
import { CompletedRanges } from './completed-ranges.ts';
import { columnsOf, type PlacedRow, rowOf } from './partition-columns.ts';
import type { OpenNamespace } from './partition-schema.ts';
import { prepareStatements } from './partition-statements.ts';

/** Instead of IDs: all. */
const ALL = '';

/** Beyond so many it begins anew to learn them. */
const ROWS_KNOWN_MAX = 10_000;

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
  /** What was read of partitions, as it is by now. */
  readonly #rows = new Map<number, PartitionRow>();
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
    this.#completed = new CompletedRanges(db, id, 'span');
    this.#completedIds = new CompletedRanges(db, id, 'id');
  }

  /** @throws AppError `conflict`, `store_lost`. */
  begin(): void {
    const version = new SqlRow(this.#sql.version.get() ?? {}).int('data_version');
    if (version === this.#version && this.#rows.size <= ROWS_KNOWN_MAX) return;
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
    this.#rows.clear();
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
    const found = new Map(
      this.#sql.counted.all(this.#namespace).map((each) => {
        const row = new SqlRow(each);
        return [row.text('status'), row.int('count')];
      }),
    );
    this.#counts = {
      ...countsOf((status) => found.get(status) ?? 0),
      completed: were.completed,
    };
    this.#isChanged = true;
    return were;
  }

  get(id: number): PartitionRow | null {
    const known = this.#rows.get(id);
    if (known !== undefined) return known;
    const found = this.#sql.get.get(this.#namespace, id);
    return found === undefined ? null : this.#known(found);
  }

  list({ statuses, workerId, ids, afterId = 0, limit }: PartitionFilter): Partition[] {
    const asked = [
      ...[this.#namespace, afterId, statuses === undefined ? null : JSON.stringify(statuses)],
      ...[workerId ?? null, ids === undefined ? null : JSON.stringify(ids), limit],
    ];
    const statement = ids === undefined ? this.#sql.list : this.#sql.listOfIds;
    return this.#partitionsOf(statement.all(...asked));
  }

  ready(limit: number): Partition[] {
    return this.#some('ready', Math.max(0, limit));
  }

  expired(atMs: number, limit: number): Partition[] {
    return this.#some('expired', atMs, Math.max(0, limit));
  }

  due(nowMs: number, limit: number): Partition[] {
    return this.#some('due', nowMs, limit);
  }

  heldCounts(): ReadonlyMap<string, number> {
    const rows = this.#sql.heldCounts.all(this.#namespace).map((found) => new SqlRow(found));
    return new Map(rows.map((row) => [row.text('worker'), row.int('held')]));
  }

  heldBy(workerId: string): Partition[] {
    return this.#some('heldBy', workerId);
  }

  isTaken({ min, max }: IdRange): boolean {
    return this.#sql.taken.get(this.#namespace, max, min) !== undefined;
  }

  completedIn(range: IdRange): IdRange[] {
    return this.#completed.in(range);
  }

  isCompleted(id: number): boolean {
    return this.#completedIds.in(justThis(id)).length > 0;
  }

  add(partition: Partition): void {
    this.#sql.insert.run(this.#namespace, ...columnsOf({ partition, leaseUntilMs: 0 }));
    this.#count(partition.status, 1);
  }

  replace(before: Partition, after: PartitionRow): void {
    const { partition } = after;
    if (partition.status === 'completed') {
      this.remove(before);
      this.#completed.add(partition);
      this.#completedIds.add(justThis(partition.id));
    } else {
      if (isHandedOn(before, partition)) this.#hand(after);
      else this.#update(after);
      this.#count(before.status, -1);
      this.#rows.set(partition.id, after);
    }
    this.#count(partition.status, 1);
  }

  renew(id: number, leaseUntilMs: number, nowMs: number): void {
    this.#rows.delete(id);
    this.#sql.renew.run(leaseUntilMs, nowMs, this.#namespace, id);
  }

  remove({ id, status }: Partition): void {
    this.#rows.delete(id);
    this.#sql.remove.run(this.#namespace, id);
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

  #some(what: 'ready' | 'expired' | 'due' | 'heldBy', ...values: SQLInputValue[]): Partition[] {
    return this.#partitionsOf(this.#sql[what].all(this.#namespace, ...values));
  }

  #update({ partition, leaseUntilMs }: PartitionRow): void {
    const { id, status, workerId, token, version, attempts } = partition;
    this.#sql.update.run(
      ...[status, workerId, token, version, attempts, partition.nextRunAtMs],
      ...[partition.lastHeartbeatMs, isHeld(status) ? leaseUntilMs : 0, partition.error],
      ...[JSON.stringify(partition.options), JSON.stringify(partition.checkpoint)],
      ...[partition.priority, partition.items, partition.updatedAtMs],
      ...[this.#namespace, id],
    );
  }

  #hand({ partition, leaseUntilMs }: PartitionRow): void {
    const { id, status, workerId, token, version, lastHeartbeatMs, updatedAtMs } = partition;
    this.#sql.hand.run(
      ...[status, workerId, token, version, lastHeartbeatMs],
      ...[isHeld(status) ? leaseUntilMs : 0, updatedAtMs, this.#namespace, id],
    );
  }

  #partitionsOf(rows: readonly PlacedRow[]): Partition[] {
    return rows.map((found) => this.#known(found).partition);
  }

  #known(found: PlacedRow): PartitionRow {
    const row = rowOf(found);
    this.#rows.set(row.partition.id, row);
    return row;
  }

  #count(status: Partition['status'], by: number): void {
    this.#counts[status] += by;
    this.#isChanged = true;
  }
}

/** Whether all is as it was but for who has it. */
function isHandedOn(before: Partition, after: Partition): boolean {
  return (
    after.options === before.options &&
    after.checkpoint === before.checkpoint &&
    after.attempts === before.attempts &&
    after.priority === before.priority &&
    after.items === before.items &&
    after.error === before.error &&
    after.nextRunAtMs === before.nextRunAtMs
  );
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
