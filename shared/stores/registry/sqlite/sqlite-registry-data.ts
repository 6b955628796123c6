import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Clock } from '../../../kernel/clock.ts';
import { SqlRow } from '../../sqlite/sql-row.ts';
import { EVENTS_MAX, type InstancePage, type Lease, type Overdue } from '../registry-store.ts';
import type { StoredText, TextChange, TextChanges, TextOutcome } from '../text-changes.ts';
import { LeaseLog } from './lease-log.ts';
import { type RegistryState, RegistryStateRow } from './registry-state.ts';
import { prepareStatements } from './registry-statements.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** What became of renewals, a letter each. */
export const RENEWED_LETTERS = { renewed: 'r', ended: 'e', unknown: 'u' } as const;

/** A registry in the tables of registry-schema.ts, each step inside a transaction. */
export class SqliteRegistryData {
  readonly #registry: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #stateRow: RegistryStateRow;
  readonly #leases: LeaseLog;
  #state: RegistryState;
  #isStateNew = false;
  #nowMs = 0;

  constructor(db: DatabaseSync, registry: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.#registry = registry;
    this.#clock = clock;
    this.#sql = prepareStatements(db);
    this.#stateRow = new RegistryStateRow(db, registry);
    this.#leases = new LeaseLog(db, registry);
    this.#state = this.#stateRow.read();
  }

  /** What has begun is one transaction, in which it is one time. */
  begin(): void {
    this.#state = this.#stateRow.read();
    this.#isStateNew = false;
    this.#leases.catchUp(this.#state.leasesBegun);
    this.#nowMs = Math.floor(this.#clock.monotonicMs());
  }

  end(): void {
    if (this.#leases.sumUp()) this.#set({ leasesBegun: this.#state.leasesBegun + 1 });
    if (this.#isStateNew) this.#stateRow.write(this.#state);
  }

  /** The transaction was undone. */
  forget(): void {
    this.#leases.forget();
  }

  /** The host was started anew: no lease is shorter than that from now on. */
  giveLeases(leastMs: number): void {
    this.#leases.beginAnew(this.#nowMs, leastMs);
    this.#set({ leasesBegun: this.#state.leasesBegun + 1 });
  }

  find(ids: readonly string[]): (StoredText | null)[] {
    return ids.map((id) => {
      const row = this.#sql.find.get(this.#registry, id);
      return row === undefined ? null : this.#stored(row);
    });
  }

  list({ service, after, limit }: InstancePage): StoredText[] {
    const rows =
      service === null
        ? this.#sql.list.all(this.#registry, after, limit)
        : this.#sql.listOf.all(this.#registry, service, after, limit);
    return rows.map((row) => this.#stored(row));
  }

  services(): { name: string; instances: number }[] {
    return this.#sql.services.all(this.#registry).map((found) => {
      const row = new SqlRow(found);
      return { name: row.text('name'), instances: row.int('instances') };
    });
  }

  write(changes: readonly TextChange[]): TextOutcome[] {
    return changes.map((change) => this.#write(change));
  }

  /** `text` is IDs as JSON, and stays as it is on its way to the file. */
  renew(text: string, ids: readonly string[], ttlMs: number): string {
    const letters = ids.map((id) => {
      if (this.#leases.get(id) !== undefined) return RENEWED_LETTERS.renewed;
      const isThere = this.#sql.isThere.get(this.#registry, id) !== undefined;
      return isThere ? RENEWED_LETTERS.ended : RENEWED_LETTERS.unknown;
    });
    const renewed = ids.filter((_, nth) => letters[nth] === RENEWED_LETTERS.renewed);
    const times = this.#lasting(ttlMs);
    if (renewed.length === ids.length) this.#leases.set(ids, times, text);
    else if (renewed.length > 0) this.#leases.set(renewed, times);
    return letters.join('');
  }

  overdue(limit: number): Overdue {
    const ended = this.#leases.ended(this.#nowMs);
    return { ids: ended.slice(0, limit), ended: ended.length, leases: this.#leases.count };
  }

  changesSince(revision: number, limit: number): TextChanges | null {
    const { floor, revision: latest } = this.#state;
    if (revision < floor || revision > latest) return null;
    const of = [this.#registry, revision, limit + 1] as const;
    const there = this.#sql.changed.all(...of).map((row) => this.#changed(row, true));
    const gone = this.#sql.removed.all(...of).map((row) => this.#changed(row, false));
    const all = [...there, ...gone].sort((a, b) => a.revision - b.revision);
    const changes = all.slice(0, limit);
    const isMore = all.length > changes.length;
    return { changes, isMore, revision: isMore ? (changes.at(-1)?.revision ?? revision) : latest };
  }

  revision(): number {
    return this.#state.revision;
  }

  history(id: string): string[] {
    const rows = this.#sql.events.all(this.#registry, id);
    return rows.map((row) => new SqlRow(row).text('event'));
  }

  own(owner: string, leaseMs: number): number | null {
    const isOver = this.#state.ownedUntilMs <= this.#nowMs;
    if (!isOver && this.#state.owner !== owner) return null;
    const epoch = isOver ? this.#nextRevision() : this.#state.epoch;
    this.#set({ owner, epoch, ownedUntilMs: this.#nowMs + Math.ceil(leaseMs) });
    return epoch;
  }

  disown(owner: string): void {
    if (this.#state.owner === owner) this.#set({ owner: '', ownedUntilMs: 0 });
  }

  forgetRemoved(keep: number): void {
    const found = this.#sql.forgettable.get(this.#registry, keep);
    if (found === undefined) return;
    const floor = new SqlRow(found).int('revision');
    this.#sql.forget.run(this.#registry, floor);
    this.#set({ floor });
  }

  #write(change: TextChange): TextOutcome {
    const { id, record } = change;
    const row = this.#sql.find.get(this.#registry, id);
    const refusal = this.#refusal(change, row === undefined ? null : this.#stored(row));
    if (refusal !== null) return refusal;
    const revision = this.#nextRevision();
    if (record !== null) this.#put(change, record, row === undefined);
    else if (row !== undefined) this.#remove(id, new SqlRow(row).text('service'));
    return { isDone: true, revision };
  }

  #refusal({ expected, fence }: TextChange, there: StoredText | null): TextOutcome | null {
    if (fence !== undefined && !this.#isTurn(fence.epoch)) {
      return { isDone: false, why: 'fenced', there: null };
    }
    if ((there?.revision ?? 0) !== expected) return { isDone: false, why: 'changed', there };
    const isHeld = fence?.isOverdue === true && lasts(there);
    return isHeld ? { isDone: false, why: 'renewed', there } : null;
  }

  #put({ id, service, lease, event }: TextChange, record: string, isNew: boolean): void {
    this.#sql.put.run(this.#registry, id, service, this.#state.revision, record);
    if (isNew) {
      this.#sql.count.run(this.#registry, service, 1);
      this.#sql.unbury.run(this.#registry, id);
    }
    if (lease === 'end') this.#leases.end(id);
    else if (lease !== 'keep') this.#leases.set([id], this.#lasting(lease.ttlMs));
    if (event !== null) this.#add(id, event);
  }

  #remove(id: string, service: string): void {
    this.#sql.remove.run(this.#registry, id);
    this.#sql.count.run(this.#registry, service, -1);
    this.#sql.dropCount.run(this.#registry, service);
    this.#sql.bury.run(this.#registry, id, service, this.#state.revision);
    this.#sql.dropEvents.run(this.#registry, id, Number.MAX_SAFE_INTEGER);
    this.#leases.end(id);
  }

  #add(id: string, event: string): void {
    const last = new SqlRow(this.#sql.lastEvent.get(this.#registry, id) ?? {});
    const nth = (last.intOrNull('nth') ?? 0) + 1;
    this.#sql.addEvent.run(this.#registry, id, nth, event);
    this.#sql.dropEvents.run(this.#registry, id, nth - EVENTS_MAX);
  }

  #isTurn(epoch: number): boolean {
    return epoch === this.#state.epoch && this.#state.ownedUntilMs > this.#nowMs;
  }

  #lasting(ttlMs: number) {
    const wholeMs = Math.max(1, Math.ceil(ttlMs));
    return { untilMs: this.#nowMs + wholeMs, ttlMs: wholeMs };
  }

  #nextRevision(): number {
    this.#set({ revision: this.#state.revision + 1 });
    return this.#state.revision;
  }

  #set(changed: Partial<RegistryState>): void {
    this.#state = { ...this.#state, ...changed };
    this.#isStateNew = true;
  }

  #changed(found: Row, isThere: boolean) {
    const row = new SqlRow(found);
    return {
      ...{ id: row.text('id'), service: row.text('service'), revision: row.int('revision') },
      instance: isThere ? this.#stored(found) : null,
    };
  }

  #stored(found: Row): StoredText {
    const row = new SqlRow(found);
    const lease = this.#lease(row.text('id'));
    return { record: row.text('record'), revision: row.int('revision'), lease };
  }

  #lease(id: string): Lease | null {
    const times = this.#leases.get(id);
    if (times === undefined) return null;
    const { untilMs, ttlMs } = times;
    return { leftMs: untilMs - this.#nowMs, sinceRenewMs: this.#nowMs - untilMs + ttlMs };
  }
}

function lasts(there: StoredText | null): boolean {
  return (there?.lease?.leftMs ?? 0) > 0;
}
