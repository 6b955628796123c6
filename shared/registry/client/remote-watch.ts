import { Bell } from '../../kernel/bell.ts';
import type { ServiceInstance } from '../service-instance.ts';
import type { Watcher, WatchUpdate } from '../service-registry.ts';

/** What somebody watches. */
export interface WatchedFeed {
  readonly awaySinceMs: number | null;
  readonly revision: number;
  /** All that is known, in the order of IDs. */
  readonly instances: readonly ServiceInstance[];
  /** Whoever wants all instances cannot go by what has changed since a revision. */
  tellEverything(): void;
  leave(watch: RemoteWatch): void;
}

/** One who watches; what was not asked for yet is kept once an instance. */
export class RemoteWatch implements Watcher {
  readonly #feed: WatchedFeed;
  readonly #news = new Bell();
  readonly #stopped = new AbortController();
  /** Null: it was removed. */
  readonly #pending = new Map<string, ServiceInstance | null>();
  #isSnapshotDue: boolean;
  #isListed = false;
  /** What the feed knows is all there is. */
  #isWhole = false;

  constructor(feed: WatchedFeed, isSnapshotDue: boolean) {
    this.#feed = feed;
    this.#isSnapshotDue = isSnapshotDue;
  }

  get awaySinceMs(): number | null {
    return this.#feed.awaySinceMs;
  }

  async next(): Promise<readonly ServiceInstance[] | null> {
    if (!this.#isListed) {
      this.#isListed = true;
      if (!this.#isSnapshotDue) this.#feed.tellEverything();
    }
    for (;;) {
      const update = await this.nextChange(this.#stopped.signal);
      if (update === null) return null;
      if (update.isSnapshot) this.#isWhole = true;
      if (this.#isWhole) return this.#feed.instances;
    }
  }

  async nextChange(signal: AbortSignal): Promise<WatchUpdate | null> {
    const ending = AbortSignal.any([signal, this.#stopped.signal]);
    while (!ending.aborted) {
      const update = this.#due();
      if (update !== null) return update;
      await this.#news.heard(ending);
    }
    return null;
  }

  stop(): void {
    this.#stopped.abort();
    this.#feed.leave(this);
  }

  tell({ isSnapshot, instances, removed }: WatchUpdate): void {
    if (isSnapshot) {
      this.#isSnapshotDue = true;
    } else {
      for (const instance of instances) this.#pending.set(instance.id, instance);
      for (const id of removed) this.#pending.set(id, null);
    }
    this.#news.ring();
  }

  #due(): WatchUpdate | null {
    const { instances, revision } = this.#feed;
    if (this.#isSnapshotDue) {
      this.#isSnapshotDue = false;
      this.#pending.clear();
      return { isSnapshot: true, instances, removed: [], revision };
    }
    if (this.#pending.size === 0) return null;
    const pending = [...this.#pending];
    this.#pending.clear();
    return {
      isSnapshot: false,
      instances: pending.flatMap(([, instance]) => instance ?? []),
      removed: pending.flatMap(([id, instance]) => (instance === null ? [id] : [])),
      revision,
    };
  }
}
