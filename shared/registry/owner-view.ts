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
  /** While everything is read: the revisions that were told meanwhile, which a page may not have yet. */
  #told: Map<string, number> | null = null;

  get instances(): IterableIterator<StoredInstance> {
    return this.#instances.values();
  }

  find(id: string): StoredInstance | null {
    return this.#instances.get(id) ?? null;
  }

  /** Begins to follow; what it resolves with ends that. */
  follow(feed: ChangeFeed): Promise<() => void> {
    return feed.follow(this);
  }

  /** Reads everything, when that has not been done yet or something was missed. */
  async complete(store: Pick<RegistryStore, 'list'>): Promise<void> {
    if (this.#isWhole) return;
    this.#isWhole = true;
    this.#told = new Map();
    try {
      this.#instances.clear();
      for await (const stored of instancesOf(store, null)) {
        const { id } = stored.record;
        if (stored.revision > (this.#told.get(id) ?? 0)) this.#put(id, stored);
      }
    } catch (thrown) {
      this.#isWhole = false;
      throw thrown;
    } finally {
      this.#told = null;
    }
  }

  onChanges(changes: readonly Change[]): void {
    for (const { id, revision, instance } of changes) {
      this.#told?.set(id, revision);
      this.#put(id, instance);
    }
  }

  onGap(): void {
    this.#isWhole = false;
  }

  #put(id: string, stored: StoredInstance | null): void {
    if (stored !== null && isOfInterest(stored)) this.#instances.set(id, stored);
    else this.#instances.delete(id);
  }
}

function isOfInterest({ record: { override, check, lifecycle } }: StoredInstance): boolean {
  return override?.untilMs != null || check !== null || lifecycle !== 'up';
}
