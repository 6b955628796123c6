import { Bell } from '../kernel/bell.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Changes, RegistryStore } from '../stores/registry/registry-store.ts';
import type { RegistryLog } from './registry-log.ts';

/** How soon what other processes change is seen; what this one changes is seen at once. */
const LOOK_MS = 50;
/** The same where nobody watches a service. */
const PATIENT_LOOK_MS = 1_000;
const LOOK_AFTER_FAILURE_MS = 1_000;
const CHANGES_MAX = 1_000;

export type Change = Changes['changes'][number];

/** Who is told of changes of one service, or (null) of all. */
export interface Follower {
  readonly service: string | null;
  onChanges(changes: readonly Change[]): void;
  /** What has changed is not known: everything must be read anew. */
  onGap(): void;
}

interface ChangeFeedDeps {
  readonly store: Pick<RegistryStore, 'changesSince' | 'revision'>;
  readonly clock: Clock;
  readonly log: RegistryLog;
}

/**
 * Looks at what has changed in a store, once for all in this process who want to know, and only as
 * long as there are any.
 */
export class ChangeFeed {
  readonly #deps: ChangeFeedDeps;
  readonly #followers = new Map<string | null, Set<Follower>>();
  readonly #written = new Bell();
  readonly #closing = new AbortController();
  /** From which revision on; settles once the loop has begun. */
  #begun: Promise<undefined> | null = null;
  #awaySinceMs: number | null = null;

  constructor(deps: ChangeFeedDeps) {
    this.#deps = deps;
  }

  /** Since when (epoch ms) the store could not be asked; null: it can. */
  get awaySinceMs(): number | null {
    return this.#awaySinceMs;
  }

  /**
   * The follower is told of whatever changes once this has resolved, until what it resolves with is
   * called.
   * @throws AppError as the store does.
   */
  async follow(follower: Follower): Promise<() => void> {
    const { service } = follower;
    const some = this.#followers.get(service) ?? new Set();
    this.#followers.set(service, some);
    some.add(follower);
    const leave = () => {
      some.delete(follower);
      if (some.size === 0 && this.#followers.get(service) === some) this.#followers.delete(service);
      // The loop ends by itself where nobody is left.
      if (this.#followers.size === 0) this.#written.ring();
    };
    try {
      this.#begun ??= this.#begin();
      await this.#begun;
    } catch (thrown) {
      leave();
      throw thrown;
    }
    // Whoever came first may not have been in a hurry.
    this.#written.ring();
    return leave;
  }

  /** Something was written here: others need not wait for the next look. */
  nudge(): void {
    this.#written.ring();
  }

  close(): void {
    this.#closing.abort();
  }

  get #lookMs(): number {
    const isPatient = this.#followers.size === 1 && this.#followers.has(null);
    return isPatient ? PATIENT_LOOK_MS : LOOK_MS;
  }

  async #begin(): Promise<undefined> {
    try {
      const revision = await this.#deps.store.revision();
      void this.#loop(revision);
    } catch (thrown) {
      this.#begun = null;
      throw thrown;
    }
  }

  async #loop(from: number): Promise<void> {
    const { clock, log } = this.#deps;
    const { signal } = this.#closing;
    let revision = from;
    while (this.#followers.size > 0 && !signal.aborted) {
      // Before the look, so that what is written during it wakes the next one.
      const written = this.#written.heardWithin(this.#lookMs, clock, signal);
      try {
        revision = await this.#look(revision);
        this.#awaySinceMs = null;
        await written;
      } catch (thrown) {
        // Once, however long it lasts.
        if (this.#awaySinceMs === null) {
          log.current.warn(
            { reason: messageOf(thrown) },
            'the registry cannot be watched; it is tried again',
          );
        }
        this.#awaySinceMs ??= clock.now();
        await clock.sleep(LOOK_AFTER_FAILURE_MS, signal);
      }
    }
    this.#begun = null;
  }

  /** Tells of all that has changed; gives the revision to go on from. */
  async #look(from: number): Promise<number> {
    const { store } = this.#deps;
    for (let revision = from; ; ) {
      const found = await store.changesSince(revision, CHANGES_MAX);
      if (found === null) return this.#gap();
      this.#tell(found.changes);
      revision = found.revision;
      if (!found.isMore) return revision;
    }
  }

  async #gap(): Promise<number> {
    const revision = await this.#deps.store.revision();
    for (const some of this.#followers.values()) for (const each of some) each.onGap();
    return revision;
  }

  #tell(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    for (const follower of this.#followers.get(null) ?? []) follower.onChanges(changes);
    for (const [service, some] of Map.groupBy(changes, (change) => change.service)) {
      for (const follower of this.#followers.get(service) ?? []) follower.onChanges(some);
    }
  }
}
