import type { Clock } from '../../../kernel/clock.ts';
import type { Compare, Transaction, Write } from '../../etcd/etcd-messages.ts';
import { eventText, recordText } from '../record-text.ts';
import type { InstanceChange } from '../registry-store.ts';
import { leaseText, lowText } from './instance-texts.ts';
import { type RegistryKeys, shardOf } from './registry-keys.ts';
import { type Era, etcdRevisionOf, lowOf, nextSlot, slotOf } from './revisions.ts';

/** No key has it. */
const NO_REVISION = -1;

/** A change, and the service of the instance, which one that removes it does not tell. */
export interface PlannedChange {
  readonly change: InstanceChange;
  readonly service: string;
}

interface PlacedChange extends PlannedChange {
  /** Which change it is of its transaction. */
  readonly nth: number;
  /** The lease of etcd that a new lease hangs on. */
  readonly hangsOn: bigint;
}

/** What changes are to etcd: each a small transaction, which holds by its own compares. */
export class ChangeTransactions {
  readonly #keys: RegistryKeys;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(keys: RegistryKeys, clock: Pick<Clock, 'now'>) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Where to look for what has changed, and for instances of services; whatever becomes of them. */
  marks(planned: readonly PlannedChange[]): Write[] {
    const touched = planned.map(({ change }) => this.#keys.touched(shardOf(change.id)));
    const beginning = planned.filter(({ change }) => change.expected === 0);
    const services = beginning.map(({ service }) => this.#keys.service(service));
    return [...new Set([...touched, ...services])].map((key) => put(key, ''));
  }

  /** Where it does not hold, what is there is read: the instance, and who has the turn. */
  transaction(era: Era, placed: PlacedChange): Transaction {
    const { change } = placed;
    const keys = this.#keys;
    return {
      compares: this.#compares(era, change),
      writes: change.record === null ? this.#removal(placed) : this.#writes(placed, change.record),
      otherwise: [
        { key: keys.of('records', change.id) },
        { key: keys.of('live', change.id) },
        { key: keys.of('leases', change.id) },
        ...(change.fence === undefined ? [] : [{ key: keys.one('owner') }]),
      ],
    };
  }

  #compares(era: Era, { id, expected, fence }: InstanceChange): Compare[] {
    const keys = this.#keys;
    const compares: Compare[] = [
      { key: keys.of('records', id), revision: expectedRevision(era, expected) },
    ];
    if (fence === undefined) return compares;
    compares.push({ key: keys.one('owner'), value: String(fence.epoch) });
    if (fence.isOverdue) compares.push({ key: keys.of('leases', id), revision: 0 });
    return compares;
  }

  #writes(
    { change, service, nth, hangsOn }: PlacedChange,
    record: NonNullable<InstanceChange['record']>,
  ): Write[] {
    const { id, event } = change;
    const slot = slotAfter(change);
    const writes = [
      put(this.#keys.of('records', id), lowText(lowOf(nth, slot), recordText(record))),
    ];
    if (change.expected === 0) writes.push(...this.#beginning(id, service));
    writes.push(...this.#leaseWrites(change, hangsOn));
    if (event !== null) writes.push(put(this.#keys.event(id, slot), eventText(event)));
    return writes;
  }

  #beginning(id: string, service: string): Write[] {
    const keys = this.#keys;
    return [
      put(keys.indexed(id), ''),
      put(keys.named(service, id), ''),
      { op: 'delete', key: keys.of('removed', id) },
    ];
  }

  #leaseWrites({ id, lease }: InstanceChange, hangsOn: bigint): Write[] {
    if (lease === 'keep') return [];
    if (lease === 'end') return this.#leaseEnd(id);
    const { ttlMs } = lease;
    return [
      put(this.#keys.of('live', id), String(ttlMs)),
      put(this.#keys.of('leases', id), leaseText(this.#clock.now(), ttlMs), hangsOn),
    ];
  }

  #leaseEnd(id: string): Write[] {
    return [
      { op: 'delete', key: this.#keys.of('live', id) },
      { op: 'delete', key: this.#keys.of('leases', id) },
    ];
  }

  #removal({ change, service, nth }: PlacedChange): Write[] {
    const keys = this.#keys;
    const { id } = change;
    return [
      put(keys.of('removed', id), lowText(lowOf(nth, slotAfter(change)), service)),
      { op: 'delete', key: keys.of('records', id) },
      { op: 'delete', key: keys.indexed(id) },
      { op: 'delete', key: keys.named(service, id) },
      { op: 'delete', ...keys.events(id) },
      ...this.#leaseEnd(id),
    ];
  }
}

/** The revision of etcd that the record must have; 0: there must be none. */
export function expectedRevision(era: Era, expected: number): number {
  if (expected === 0) return 0;
  const revision = etcdRevisionOf(era, expected);
  return revision > 0 ? revision : NO_REVISION;
}

/** The slot that its event has, or the last one that was used. */
export function slotAfter({ expected, event }: InstanceChange): number {
  if (expected === 0) return 0;
  const slot = slotOf(expected);
  return event === null ? slot : nextSlot(slot);
}

function put(key: string, value: string, lease = 0n): Write {
  return { op: 'put', key, value, lease };
}
