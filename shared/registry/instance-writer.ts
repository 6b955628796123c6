import type { InstanceEvent } from '../domain/instance-record.ts';
import { Gathered } from '../kernel/gathered.ts';
import type {
  InstanceChange,
  RegistryStore,
  StoredInstance,
  WriteOutcome,
} from '../stores/registry/registry-store.ts';
import { RegistryError } from './registry-error.ts';
import type { Transition } from './transitions.ts';

/** Of changes, and of instances that are looked up for them, that go to the store together. */
const BATCH_MAX = 128;
/** Somebody else comes first so often only where something is wrong. */
const TRIES_MAX = 100;

/** What is to become of an instance. */
export interface Plan {
  /** Null: it is removed. */
  readonly to: Transition | null;
  readonly lease: InstanceChange['lease'];
  readonly fence?: InstanceChange['fence'];
}

export interface Written {
  readonly isChanged: boolean;
  /** As it is then. Null: it is not there. */
  readonly there: StoredInstance | null;
}

/** Changes instances: decided by what is there, and decided anew when that was changed meanwhile. */
export class InstanceWriter {
  readonly #finds: Gathered<string, StoredInstance | null>;
  readonly #onWritten: (event: InstanceEvent['event'] | 'removed') => void;
  readonly #writes: Gathered<InstanceChange, WriteOutcome>;

  constructor(
    store: Pick<RegistryStore, 'find' | 'write'>,
    onWritten: (event: InstanceEvent['event'] | 'removed') => void,
  ) {
    this.#onWritten = onWritten;
    this.#finds = new Gathered((ids) => store.find(ids), { batchMax: BATCH_MAX });
    this.#writes = new Gathered((changes) => store.write(changes), { batchMax: BATCH_MAX });
  }

  /** `decide` gives null where nothing is to be done. */
  async change(
    id: string,
    decide: (there: StoredInstance | null) => Plan | null,
  ): Promise<Written> {
    return this.changeFrom(id, await this.#finds.ask(id), decide);
  }

  /** The same, where it is known or likely what is there. */
  async changeFrom(
    id: string,
    guess: StoredInstance | null,
    decide: (there: StoredInstance | null) => Plan | null,
  ): Promise<Written> {
    let there = guess;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      const plan = decide(there);
      if (plan === null) return { isChanged: false, there };
      const outcome = await this.#writes.ask(changeOf(id, there, plan));
      if (outcome.isDone) {
        this.#onWritten(plan.to?.event.event ?? 'removed');
        return { isChanged: true, there: writtenOf(plan, there, outcome.revision) };
      }
      // Whoever's turn is over, or whose reason is gone, has nothing more to do.
      if (outcome.why !== 'changed') return { isChanged: false, there: outcome.there };
      there = outcome.there;
    }
    throw new RegistryError('REGISTRY_FAILED', `${id} changes faster than it can be written`);
  }
}

function changeOf(id: string, there: StoredInstance | null, plan: Plan): InstanceChange {
  const { to, lease, fence } = plan;
  return {
    ...{ id, expected: there?.revision ?? 0, lease },
    ...{ record: to?.record ?? null, event: to?.event ?? null },
    ...(fence !== undefined && { fence }),
  };
}

function writtenOf({ to, lease }: Plan, before: StoredInstance | null, revision: number) {
  if (to === null) return null;
  const kept = lease === 'keep' ? (before?.lease ?? null) : null;
  const begun = typeof lease === 'object' ? { leftMs: lease.ttlMs, sinceRenewMs: 0 } : null;
  return { record: to.record, revision, lease: begun ?? kept };
}
