import type { RegistryStore, StoredInstance } from '../stores/registry/registry-store.ts';
import type { Change, ChangeFeed, Follower } from './change-feed.ts';
import { instancesOf } from './instance-pages.ts';

/**
 * Those instances that their owner has something to do for beside their leases, kept up to date:
 * overrides that end by themselves, checks, and those that are offline.
 */
export class OwnerView implements Follower {
  readonly service = null;
  readonly #instances = new Map<string, StoredInstance>();
  #isWhole = false;
  /** While everything is read: what a page may still have though it is gone. */
  #removed: Set<string> | null = null;

  get instances(): IterableIterator<StoredInstance> {
    return this.#instances.values();
  }

  /** Begins to follow; what it resolves with ends that. */
  follow(feed: ChangeFeed): Promise<() => void> {
    return feed.follow(this);
  }

  /** Reads everything, when that has not been done yet or something was missed. */
  async complete(store: RegistryStore): Promise<void> {
    if (this.#isWhole) return;
    this.#isWhole = true;
    this.#removed = new Set();
    try {
      this.#instances.clear();
      for await (const stored of instancesOf(store, null)) {
        if (!this.#removed.has(stored.record.id)) this.#put(stored.record.id, stored);
      }
    } catch (thrown) {
      this.#isWhole = false;
      throw thrown;
    } finally {
      this.#removed = null;
    }
  }

  onChanges(changes: readonly Change[]): void {
    for (const { id, instance } of changes) {
      if (instance === null) this.#removed?.add(id);
      this.#put(id, instance);
    }
  }

  onGap(): void {
    this.#isWhole = false;
  }

  #put(id: string, stored: StoredInstance | null): void {
    const known = this.#instances.get(id);
    // What is read page by page may be older than what was told meanwhile.
    if (stored !== null && known !== undefined && known.revision > stored.revision) return;
    if (stored !== null && isOfInterest(stored)) this.#instances.set(id, stored);
    else this.#instances.delete(id);
  }
}

function isOfInterest({ record: { override, check, lifecycle } }: StoredInstance): boolean {
  return override?.untilMs != null || check !== null || lifecycle !== 'up';
}
