import { Bell } from '../kernel/bell.ts';
import type { Clock } from '../kernel/clock.ts';
import type { RegistryStore } from '../stores/registry/registry-store.ts';
import type { Change, ChangeFeed, Follower } from './change-feed.ts';
import { allInstancesOf } from './instance-pages.ts';
import { asRegistryError } from './registry-error.ts';
import type { RegistryMetrics } from './registry-metrics.ts';
import { instanceAt, type ServiceInstance } from './service-instance.ts';
import type { Watcher, WatchUpdate } from './service-registry.ts';

const CHANGES_MAX = 1_000;

interface ServiceWatchDeps {
  readonly store: RegistryStore;
  readonly feed: ChangeFeed;
  readonly clock: Clock;
  readonly service: string;
  /** What is known already; null: nothing. */
  readonly since: number | null;
  /** The registry is closed: nobody is told of anything any more. */
  readonly closing: AbortSignal;
  readonly watchers: RegistryMetrics['watchers'];
}

/**
 * Follows one service. What was not asked for yet is kept once an instance, so that a slow reader
 * costs no more than the service has instances.
 */
export class ServiceWatch implements Watcher, Follower {
  readonly service: string;
  readonly #deps: ServiceWatchDeps;
  readonly #news = new Bell();
  readonly #stopped = new AbortController();
  readonly #pending = new Map<string, Change>();
  readonly #known = new Map<string, ServiceInstance>();
  #leave: () => void = () => undefined;
  #ending: { readonly of: AbortSignal; readonly all: AbortSignal } | null = null;
  #since: number | null;
  #isSnapshotDue: boolean;
  #isListed = false;
  #revision = 0;

  private constructor(deps: ServiceWatchDeps) {
    this.service = deps.service;
    this.#deps = deps;
    this.#since = deps.since;
    this.#isSnapshotDue = deps.since === null;
  }

  /** All up to it was told; 0 before the first update. */
  get revision(): number {
    return this.#revision;
  }

  /** Aborts when it is stopped. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** @throws RegistryError when the store cannot be asked. */
  static async begin(deps: ServiceWatchDeps): Promise<ServiceWatch> {
    const watch = new ServiceWatch(deps);
    const leave = await deps.feed.follow(watch);
    deps.watchers.inc();
    watch.#leave = () => {
      leave();
      deps.watchers.dec();
    };
    return watch;
  }

  get awaySinceMs(): number | null {
    return this.#deps.feed.awaySinceMs;
  }

  async next(): Promise<readonly ServiceInstance[] | null> {
    // Whoever asks for all of them cannot begin with what has changed since.
    if (!this.#isListed) {
      this.#isListed = true;
      this.#since = null;
      this.#isSnapshotDue = true;
    }
    const update = await this.nextChange(this.#stopped.signal);
    if (update === null) return null;
    if (update.isSnapshot) this.#known.clear();
    for (const instance of update.instances) this.#known.set(instance.id, instance);
    for (const id of update.removed) this.#known.delete(id);
    return [...this.#known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async nextChange(signal: AbortSignal): Promise<WatchUpdate | null> {
    const ending = this.#endingWith(signal);
    while (!ending.aborted) {
      const heard = this.#news.heard(ending);
      const update = await this.#update().catch((thrown: unknown) => {
        throw asRegistryError(thrown, 'WATCH_FAILED');
      });
      if (update !== null) return update;
      await heard;
    }
    return null;
  }

  /** Signals are dear to make, and most ask with the same one again and again. */
  #endingWith(signal: AbortSignal): AbortSignal {
    if (this.#ending?.of !== signal) {
      const all = AbortSignal.any([signal, this.#stopped.signal, this.#deps.closing]);
      this.#ending = { of: signal, all };
    }
    return this.#ending.all;
  }

  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#leave();
    this.#stopped.abort();
  }

  onChanges(changes: readonly Change[]): void {
    for (const change of changes) this.#pending.set(change.id, change);
    this.#news.ring();
  }

  onGap(): void {
    this.#isSnapshotDue = true;
    this.#news.ring();
  }

  /** What is to be told now; null: nothing. */
  async #update(): Promise<WatchUpdate | null> {
    if (this.#since !== null) {
      const missed = await this.#missedSince(this.#since);
      if (missed !== null) return missed;
    }
    return this.#isSnapshotDue ? this.#snapshot() : this.#delta([...this.#taken()]);
  }

  async #snapshot(): Promise<WatchUpdate> {
    const { store, service, clock } = this.#deps;
    this.#pending.clear();
    const revision = await store.revision();
    const found = await allInstancesOf(store, service);
    this.#isSnapshotDue = false;
    this.#revision = revision;
    const instances = found.map((stored) => instanceAt(stored, clock.now()));
    return { isSnapshot: true, instances, removed: [], revision };
  }

  /** What has changed since the revision that the reader knew. */
  async #missedSince(since: number): Promise<WatchUpdate | null> {
    const { store, service } = this.#deps;
    const missed: Change[] = [];
    for (let revision = since; ; ) {
      const found = await store.changesSince(revision, CHANGES_MAX);
      if (found === null) {
        this.#isSnapshotDue = true;
        break;
      }
      missed.push(...found.changes.filter((change) => change.service === service));
      revision = found.revision;
      this.#revision = revision;
      if (!found.isMore) break;
    }
    this.#since = null;
    return this.#isSnapshotDue ? null : this.#delta(missed);
  }

  *#taken(): Generator<Change> {
    for (const change of this.#pending.values()) if (change.revision > this.#revision) yield change;
    this.#pending.clear();
  }

  #delta(changes: readonly Change[]): WatchUpdate | null {
    if (changes.length === 0) return null;
    const nowMs = this.#deps.clock.now();
    for (const change of changes) this.#revision = Math.max(this.#revision, change.revision);
    const revision = this.#revision;
    return {
      ...{ isSnapshot: false, revision },
      instances: changes.flatMap(({ instance }) =>
        instance === null ? [] : [instanceAt(instance, nowMs)],
      ),
      removed: changes.flatMap(({ id, instance }) => (instance === null ? [id] : [])),
    };
  }
}
