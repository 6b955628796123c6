import { isLastAttempt, lostBy, type PartitionChange } from '../../../domain/partition-change.ts';
import { newPartition } from '../new-partition.ts';
import type { NewPartition, Plans, Tended, Tending } from '../partition-store.ts';
import { stalePlanError } from '../store-errors.ts';
import { changeAll } from './change-partition.ts';
import type { PartitionData } from './partition-data.ts';
import type { StoreClock } from './store-clock.ts';
import { idsOf, type Stretch } from './stretch.ts';

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
    this.#add(partitions);
    this.#data.setState({ plannedTo: to, ...(mark !== undefined && { mark }) });
  }

  fill(partitions: readonly NewPartition[]): number[] {
    return partitions.filter((each) => this.#isFree(each)).flatMap((each) => this.#add([each]));
  }

  tend({ nowMs, attemptsMax, limit }: Tending): Tended {
    const [expired, buried]: [number[], number[]] = [[], []];
    for (const late of this.#data.expired(this.#clock.monotonicMs(), limit)) {
      const { first } = late;
      const isLast = isLastAttempt(first, attemptsMax);
      this.#change(late, isLast ? { event: 'bury', error: lostBy(first) } : { event: 'expire' });
      (isLast ? buried : expired).push(...idsOf(late));
    }
    const due = this.#data.due(nowMs, limit);
    for (const stretch of due) this.#change(stretch, { event: 'requeue' });
    return { expired, buried, requeued: due.flatMap(idsOf) };
  }

  #change(stretch: Stretch, change: PartitionChange): void {
    changeAll(this.#data, stretch, change, { nowMs: this.#clock.now() });
  }

  #add(partitions: readonly NewPartition[]): number[] {
    const nowMs = this.#clock.now();
    const firstId = this.#data.state().lastPartitionId + 1;
    const added = partitions.map((each, nth) => newPartition(firstId + nth, each, nowMs));
    this.#data.setState({ lastPartitionId: firstId + added.length - 1 });
    this.#data.add(added);
    return added.map(({ id }) => id);
  }

  #isFree(range: NewPartition): boolean {
    return this.#data.completedIn(range).length === 0 && !this.#data.isTaken(range);
  }
}
