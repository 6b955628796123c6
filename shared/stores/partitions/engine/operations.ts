import { isHeld, type Partition, statusAfter } from '../../../domain/partition.ts';
import type { PartitionChange } from '../../../domain/partition-change.ts';
import { newPartition } from '../new-partition.ts';
import type { ChosenPartition, PartitionEdit, Retried, RetryRequest } from '../partition-store.ts';
import { otherRangeError, unknownPartitionError, versionError } from '../store-errors.ts';
import { changePartition } from './change-partition.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './store-clock.ts';
import { partitionsOf } from './stretch.ts';

/** What people do to the partitions of a namespace. */
export class Operations {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;

  constructor(data: PartitionData, clock: StoreClock) {
    this.#data = data;
    this.#clock = clock;
  }

  create(partitions: readonly ChosenPartition[]): Partition[] {
    for (const partition of partitions) this.#requireFree(partition);
    for (const partition of partitions) this.#make(partition);
    return this.#some(partitions.map(({ id }) => id));
  }

  edit(id: number, edit: PartitionEdit, expectedVersion: number | null): Partition {
    const partition = this.#data.get(id)?.partition;
    if (partition === undefined) throw unknownPartitionError(id);
    const { version, options, priority } = partition;
    if (expectedVersion !== null && expectedVersion !== version) {
      throw versionError(id, expectedVersion, version);
    }
    return this.#change(partition, { event: 'edit', options, priority, ...edit });
  }

  retry({ ids, isForced, limit }: RetryRequest): Retried {
    if (ids === null) return { retried: this.#retryAll(isForced, limit), skipped: [] };
    const [retried, skipped]: [number[], number[]] = [[], []];
    for (const partition of this.#some(ids)) {
      const isAgain = retried.length < limit && this.#again(partition, isForced);
      (isAgain ? retried : skipped).push(partition.id);
    }
    return { retried, skipped };
  }

  cancel(ids: readonly number[], reason: string): number[] {
    const open = this.#some(ids).filter(({ status }) => statusAfter('bury', status) !== null);
    for (const partition of open) this.#change(partition, { event: 'bury', error: reason });
    return open.map(({ id }) => id);
  }

  remove(ids: readonly number[]): number[] {
    const there = this.#some(ids);
    for (const partition of there) this.#data.remove(partition);
    return there.map(({ id }) => id);
  }

  #retryAll(isForced: boolean, limit: number): number[] {
    const failed = this.#data.list({ statuses: ['failed', 'dead'], limit });
    const stale = isForced
      ? this.#data
          .expired(this.#clock.monotonicMs(), limit - failed.length)
          .flatMap((stretch) => partitionsOf(stretch))
      : [];
    const again = [...failed, ...stale].filter((partition) => this.#again(partition, isForced));
    return again.map(({ id }) => id);
  }

  #again(partition: Partition, isForced: boolean): boolean {
    const { id, status } = partition;
    if (isHeld(status)) {
      if (!isForced || !this.#isOver(id)) return false;
      this.#change(partition, { event: 'expire' });
      return true;
    }
    if (statusAfter('retry', status) === null) return false;
    this.#change(partition, { event: 'retry' });
    return true;
  }

  #isOver(id: number): boolean {
    return (this.#data.get(id)?.leaseUntilMs ?? 0) <= this.#clock.monotonicMs();
  }

  /** Whether it is there already, or may be made; two of the same ID in one request are one. */
  #requireFree(asked: ChosenPartition): void {
    const there = this.#data.get(asked.id)?.partition ?? null;
    const isSame = there !== null && there.min === asked.min && there.max === asked.max;
    if (there !== null && !isSame) throw otherRangeError(asked, there);
  }

  #make(asked: ChosenPartition): void {
    const { id } = asked;
    if (this.#data.get(id) !== null || this.#data.isCompleted(id)) return;
    const { lastPartitionId } = this.#data.state();
    if (id > lastPartitionId) this.#data.setState({ lastPartitionId: id });
    this.#data.add([newPartition(id, asked, this.#clock.now())]);
  }

  #change({ id }: Partition, change: PartitionChange): Partition {
    return changePartition(this.#data, id, change, { nowMs: this.#clock.now() });
  }

  /** Those that are there, in the order of their IDs. */
  #some(ids: readonly number[]): Partition[] {
    return this.#data.list({ ids, limit: Number.MAX_SAFE_INTEGER });
  }
}
