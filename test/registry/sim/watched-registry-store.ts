import type { InstanceRecord } from '../../../shared/domain/instance-record.ts';
import type { Clock } from '../../../shared/kernel/clock.ts';
import { memoryRegistryStore } from '../../../shared/stores/registry/memory/memory-registry-store.ts';
import type {
  InstanceChange,
  RegistryStore,
  StoredInstance,
  WriteOutcome,
} from '../../../shared/stores/registry/registry-store.ts';

/** What a store may be made to leave out, which must be found. */
export type PlantedFault = 'overdue' | 'compare' | 'fence';

/** The real store, looked at from the place where all that happens can be seen in its order. */
export class WatchedRegistryStore {
  /** As registries see it. */
  readonly store: RegistryStore;
  readonly faults: string[] = [];
  readonly counts = new Map<string, number>();
  readonly #inner: RegistryStore;
  readonly #planted: PlantedFault | null;
  #epoch = 0;
  #revision = 0;

  constructor(clock: Clock, planted: PlantedFault | null) {
    this.#inner = memoryRegistryStore(clock);
    this.#planted = planted;
    this.store = {
      ...this.#inner,
      write: (changes) => this.#write(changes),
      own: (owner, leaseMs) => this.#own(owner, leaseMs),
    };
  }

  async #own(owner: string, leaseMs: number): Promise<number | null> {
    const epoch = await this.#inner.own(owner, leaseMs);
    if (epoch === null) return null;
    if (epoch < this.#epoch) this.faults.push(`epoch ${epoch} comes after ${this.#epoch}`);
    this.#epoch = epoch;
    return epoch;
  }

  async #write(changes: readonly InstanceChange[]): Promise<readonly WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    for (const change of changes) {
      const [before = null] = await this.#inner.find([change.id]);
      const [outcome] = await this.#inner.write([this.#spoilt(change, before)]);
      if (outcome === undefined) throw new Error('a write without an outcome');
      if (outcome.isDone) this.#check(change, before, outcome.revision);
      outcomes.push(outcome);
    }
    return outcomes;
  }

  #check(change: InstanceChange, before: StoredInstance | null, revision: number): void {
    const { id, event, fence } = change;
    const what = event?.event ?? 'removed';
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    const whys = [
      revision <= this.#revision ? 'has an old revision' : null,
      fence === undefined || fence.epoch === this.#epoch ? null : 'is of a turn that is over',
      what === 'expired' && lasts(before) ? 'though it renews in time' : null,
      wrongIn(before?.record, change.record, what),
    ];
    this.#revision = revision;
    this.faults.push(...whys.flatMap((why) => (why === null ? [] : [`${id}: ${what} ${why}`])));
  }

  #spoilt(change: InstanceChange, before: StoredInstance | null): InstanceChange {
    const { fence } = change;
    if (this.#planted === 'compare') return { ...change, expected: before?.revision ?? 0 };
    if (fence === undefined) return change;
    if (this.#planted === 'overdue') return { ...change, fence: { ...fence, isOverdue: false } };
    if (this.#planted === 'fence') return { ...change, fence: { ...fence, epoch: this.#epoch } };
    return change;
  }
}

/** Why an instance cannot become that by this; null: it can. */
function wrongIn(
  from: InstanceRecord | undefined,
  to: InstanceRecord | null,
  what: string,
): string | null {
  if (to === null) return null;
  if (from === undefined) return what === 'registered' ? null : 'brings back what was removed';
  if (what === 'registered') return 'of one that is there';
  if (from.registeredMs !== to.registeredMs) return 'changes when it was registered first';
  if (to.incarnation < from.incarnation) return 'goes back to an earlier start';
  if (!mayBeUp(from, to, what)) return `makes one up that is ${from.lifecycle}`;
  return mayEndHold(from, to, what) ? null : 'ends a hold';
}

function mayBeUp(from: InstanceRecord, to: InstanceRecord, what: string): boolean {
  if (from.lifecycle === 'up' || to.lifecycle !== 'up') return true;
  return what === 're-registered' || (what === 'revived' && from.lifecycle === 'expired');
}

function mayEndHold(from: InstanceRecord, to: InstanceRecord, what: string): boolean {
  if (from.override === null || to.override !== null || what === 'override ended') return true;
  return what === 're-registered' && from.override.untilMs !== null;
}

function lasts(there: StoredInstance | null): boolean {
  return (there?.lease?.leftMs ?? 1) > 0;
}
