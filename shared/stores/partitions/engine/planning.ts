import type { Partition } from '../../../domain/partition.ts';
import { isLastAttempt, lostBy, type PartitionChange } from '../../../domain/partition-change.ts';
import { newPartition } from '../new-partition.ts';
import type { NewPartition, Plans, Tended, Tending } from '../partition-store.ts';
import { stalePlanError } from '../store-errors.ts';
import { changePartition } from './change-partition.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './work.ts';

type Plan = Omit<Parameters<Plans['plan']>[0], 'epoch'>;

/** What the leader does in a namespace. */
export class Planning {
  readonly #data: PartitionData;
  readonly #clock: StoreClock;

  constructor(data: PartitionData, clock: StoreClock) {
    this.#data = data;
    this.#clock = clock;
  }

  plan({ after, to, mark, partitions }: Plan): void {
    const { plannedTo } = this.#data.state();
    if (after !== plannedTo) throw stalePlanError(after, plannedTo);
    for (const partition of partitions) this.#add(partition);
    this.#data.setState({ plannedTo: to, ...(mark !== undefined && { mark }) });
  }

  fill(partitions: readonly NewPartition[]): number[] {
    return partitions.filter((each) => this.#isFree(each)).map((each) => this.#add(each));
  }

  tend({ nowMs, attemptsMax, limit }: Tending): Tended {
    const [expired, buried]: [number[], number[]] = [[], []];
    for (const late of this.#data.expired(this.#clock.monotonicMs(), limit)) {
      const isLast = isLastAttempt(late, attemptsMax);
      this.#change(late, isLast ? { event: 'bury', error: lostBy(late) } : { event: 'expire' });
      (isLast ? buried : expired).push(late.id);
    }
    const due = this.#data.due(nowMs, limit);
    for (const partition of due) this.#change(partition, { event: 'requeue' });
    return { expired, buried, requeued: due.map(({ id }) => id) };
  }

  #change({ id }: Partition, change: PartitionChange): void {
    changePartition(this.#data, id, change, { nowMs: this.#clock.now() });
  }

  #add(partition: NewPartition): number {
    const id = this.#data.state().lastPartitionId + 1;
    this.#data.setState({ lastPartitionId: id });
    this.#data.add(newPartition(id, partition, this.#clock.now()));
    return id;
  }

  #isFree(range: NewPartition): boolean {
    return this.#data.completedIn(range).length === 0 && !this.#data.isTaken(range);
  }
}
