import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { RandomSource } from '../../kernel/random.ts';
import { doubling, retryDelayMs } from '../../resilience/retry-schedule.ts';
import type { RegistryLog } from '../registry-log.ts';
import type { ServiceInstance } from '../service-instance.ts';
import type { WatchUpdate } from '../service-registry.ts';
import { RemoteWatch, type WatchedFeed } from './remote-watch.ts';

/** How long a server may keep a question that it has no news for. */
const WAIT_MS = 30_000;
/** The same where it is to be seen at once whether it answers; all that there is it tells at once. */
const LOOK_MS = { everything: 5_000, changes: 100 } as const;
/** Of servers that do not wait as they are asked to. */
const EMPTY_ROUND_MS_MIN = 250;
const BACKOFF = doubling(250, 15_000);

interface RemoteFeedDeps {
  readonly service: string;
  /** What is known already; null: nothing. */
  readonly since: number | null;
  /** What has changed since that revision, at the latest after so long. */
  readonly poll: (
    since: number | null,
    waitMs: number,
    signal: AbortSignal,
  ) => Promise<WatchUpdate>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: RegistryLog;
  /** Nobody follows any more. */
  readonly onEnd: () => void;
}

/** Follows a service of a registry that is asked over HTTP, once for all who watch it. */
export class RemoteFeed implements WatchedFeed {
  readonly #deps: RemoteFeedDeps;
  readonly #watches = new Set<RemoteWatch>();
  readonly #ending = new AbortController();
  readonly #known = new Map<string, ServiceInstance>();
  #sorted: readonly ServiceInstance[] | null = null;
  #revision: number | null;
  #awaySinceMs: number | null = null;
  #begun: Promise<void> | null = null;
  #failures = 0;
  #isEverythingDue = false;
  /** Ends the question that is being asked. */
  #asking = new AbortController();

  constructor(deps: RemoteFeedDeps) {
    this.#deps = deps;
    this.#revision = deps.since;
  }

  get awaySinceMs(): number | null {
    return this.#awaySinceMs;
  }

  get revision(): number {
    return this.#revision ?? 0;
  }

  get instances(): readonly ServiceInstance[] {
    this.#sorted ??= [...this.#known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#sorted;
  }

  /** @throws RegistryError when the registry cannot be asked: then nothing is followed. */
  async watch(): Promise<RemoteWatch> {
    const watch = new RemoteWatch(this, this.#deps.since === null);
    this.#watches.add(watch);
    try {
      this.#begun ??= this.#begin();
      await this.#begun;
      return watch;
    } catch (thrown) {
      this.leave(watch);
      throw thrown;
    }
  }

  tellEverything(): void {
    this.#isEverythingDue = true;
    this.#asking.abort();
  }

  leave(watch: RemoteWatch): void {
    this.#watches.delete(watch);
    if (this.#watches.size === 0) this.#end();
  }

  /** Whoever watches is told that it is over. */
  close(): void {
    for (const watch of this.#watches) watch.stop();
    this.#end();
  }

  #end(): void {
    if (this.#ending.signal.aborted) return;
    this.#ending.abort();
    this.#deps.onEnd();
  }

  async #begin(): Promise<void> {
    const { since, poll } = this.#deps;
    const waitMs = since === null ? LOOK_MS.everything : LOOK_MS.changes;
    this.#take(await poll(since, waitMs, this.#ending.signal));
    void this.#run(this.#ending.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      const startedMs = clock.monotonicMs();
      const isNews = await this.#round(signal);
      if (isNews) continue;
      const restMs = EMPTY_ROUND_MS_MIN - (clock.monotonicMs() - startedMs);
      await clock.sleep(Math.max(restMs, this.#retryMs), signal);
    }
  }

  get #retryMs(): number {
    return this.#failures === 0 ? 0 : retryDelayMs(BACKOFF, this.#failures, this.#deps.random);
  }

  /** Whether it has brought something. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { service, poll, log, clock } = this.#deps;
    this.#asking = new AbortController();
    try {
      const waitMs = this.#failures === 0 ? WAIT_MS : LOOK_MS.changes;
      const since = this.#isEverythingDue ? null : this.#revision;
      const update = await poll(since, waitMs, AbortSignal.any([signal, this.#asking.signal]));
      if (this.#failures > 0) log.current.info({ service }, 'a service can be watched again');
      this.#failures = 0;
      this.#awaySinceMs = null;
      return this.#take(update);
    } catch (thrown) {
      if (signal.aborted) return false;
      if (this.#asking.signal.aborted) return true;
      this.#failures += 1;
      this.#awaySinceMs ??= clock.now();
      if (this.#failures === 1) {
        const reason = messageOf(thrown);
        log.current.warn({ service, reason }, 'a service cannot be watched; it is tried again');
      }
      return false;
    }
  }

  #take(update: WatchUpdate): boolean {
    const { isSnapshot, instances, removed, revision } = update;
    this.#revision = isSnapshot ? revision : Math.max(revision, this.revision);
    if (!isSnapshot && instances.length === 0 && removed.length === 0) return false;
    if (isSnapshot) {
      this.#isEverythingDue = false;
      this.#known.clear();
    }
    for (const instance of instances) this.#known.set(instance.id, instance);
    for (const id of removed) this.#known.delete(id);
    this.#sorted = null;
    for (const watch of this.#watches) watch.tell(update);
    return true;
  }
}
