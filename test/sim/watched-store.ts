import { doOverlap } from '../../shared/domain/id-range.ts';
import type { Partition } from '../../shared/domain/partition.ts';
import type { Clock } from '../../shared/kernel/clock.ts';
import { memoryPartitionStore } from '../../shared/stores/partitions/memory/memory-partition-store.ts';
import type {
  ClaimRequest,
  PartitionStore,
  Settlement,
  Verdict,
} from '../../shared/stores/partitions/partition-store.ts';

/** The real store, looked at from the place where all that happens can be seen in its order. */
export class WatchedStore {
  /** As coordinators see it. */
  readonly store: PartitionStore;
  readonly completions = new Map<number, number>();
  readonly ranges = new Map<number, Partition>();
  readonly faults: string[] = [];
  readonly #inner: PartitionStore;
  readonly #latest = new Map<number, number>();
  /** Off: a fault is planted, which must be found. */
  readonly #isFencing: boolean;

  constructor(clock: Clock, isFencing: boolean) {
    this.#inner = memoryPartitionStore(clock);
    this.#isFencing = isFencing;
    this.store = {
      ...this.#inner,
      plan: (plan) => this.#plan(plan),
      claim: (request) => this.#claim(request),
      settle: (settlements) => this.#settle(settlements),
    };
  }

  async #plan(plan: Parameters<PartitionStore['plan']>[0]): Promise<void> {
    await this.#inner.plan(plan);
    for (const made of await this.#inner.partitions({ limit: Number.POSITIVE_INFINITY })) {
      if (this.ranges.has(made.id)) continue;
      for (const other of this.ranges.values()) {
        if (doOverlap(made, other)) this.faults.push(`${made.id} overlaps ${other.id}`);
      }
      this.ranges.set(made.id, made);
    }
  }

  async #claim(request: ClaimRequest): Promise<readonly Partition[]> {
    const claimed = await this.#inner.claim(request);
    for (const { id, token } of claimed) {
      if (token <= (this.#latest.get(id) ?? 0)) this.faults.push(`token ${token} of ${id} is old`);
      this.#latest.set(id, token);
    }
    return claimed;
  }

  async #settle(settlements: readonly Settlement[]): Promise<readonly Verdict[]> {
    const shown = this.#isFencing ? settlements : settlements.map((each) => this.#asIfLatest(each));
    const verdicts = await this.#inner.settle(shown);
    for (const [index, { id, token, event }] of settlements.entries()) {
      if (verdicts[index] !== 'done') continue;
      if (token !== this.#latest.get(id)) {
        this.faults.push(`${event} of ${id} with the dead token ${token} was accepted`);
      }
      if (event !== 'complete') continue;
      this.completions.set(id, (this.completions.get(id) ?? 0) + 1);
    }
    return verdicts;
  }

  #asIfLatest(settlement: Settlement): Settlement {
    return { ...settlement, token: this.#latest.get(settlement.id) ?? settlement.token };
  }
}
