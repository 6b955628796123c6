import { Bell } from '../../kernel/bell.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import { type RandomSource, systemRandom } from '../../kernel/random.ts';
import type { ServiceInstance } from '../service-instance.ts';
import type { ServiceRegistry } from '../service-registry.ts';
import { CachedService } from './cached-service.ts';
import { FollowedService } from './followed-service.ts';
import { SnapshotFile, type Snapshots } from './snapshot-file.ts';

/** What changes within it is written once. */
const WRITE_AFTER_MS = 1_000;

export interface ServiceCacheOptions {
  readonly registry: Pick<ServiceRegistry, 'watch' | 'log'>;
  /** Where it is kept what was known last, for a start without the registry. Absent: nowhere. */
  readonly file?: string;
  /** Called when instances of a service have changed. */
  readonly onChange?: (service: string) => void;
  readonly clock?: Clock;
  readonly random?: RandomSource;
}

export interface PickOptions {
  /** One of that zone is picked where there is any. */
  readonly zone?: string;
  readonly random?: RandomSource;
}

/**
 * Knows the instances of services, from the first time that they were asked for, by watching them.
 * While the registry is away it goes by what was known last.
 */
export class ServiceCache {
  readonly #options: ServiceCacheOptions;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #file: SnapshotFile | null;
  readonly #kept: Snapshots;
  readonly #followed = new Map<string, FollowedService>();
  readonly #changed = new Bell();
  readonly #closing = new AbortController();
  readonly #writing: Promise<void>;
  #isWritten = true;

  private constructor(options: ServiceCacheOptions, file: SnapshotFile | null, kept: Snapshots) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#file = file;
    this.#kept = kept;
    this.#writing = file === null ? Promise.resolve() : this.#write(file);
  }

  /** A file that cannot be read is as good as none; the log of the registry tells of it. */
  static async open(options: ServiceCacheOptions): Promise<ServiceCache> {
    if (options.file === undefined) return new ServiceCache(options, null, {});
    const file = new SnapshotFile(options.file);
    const kept = await file.read().catch((thrown: unknown): Snapshots => {
      const reason = messageOf(thrown);
      options.registry.log.current.warn({ reason }, 'what was known of services cannot be read');
      return {};
    });
    return new ServiceCache(options, file, kept);
  }

  /**
   * Resolves when it is known which instances there are; from then on `discover` and `pick` have them.
   * @throws RegistryError when nothing is known and the registry cannot be asked. It is tried on.
   */
  follow(service: string): Promise<void> {
    return this.#follow(service).known();
  }

  /** Those that get calls, as far as is known, in the order of their IDs. The array is frozen. */
  discover(service: string): readonly ServiceInstance[] {
    return (this.#followed.get(service) ?? this.#follow(service)).instances.usable;
  }

  /** One of them, by their weights; null: there is none. */
  pick(service: string, { zone, random = this.#random }: PickOptions = {}): ServiceInstance | null {
    const followed = this.#followed.get(service) ?? this.#follow(service);
    return followed.instances.pick(zone, random);
  }

  /** Since when (epoch ms) nothing is heard of the service any more; null: what is known is true now. */
  staleSinceMs(service: string): number | null {
    return this.#followed.get(service)?.staleSinceMs ?? null;
  }

  /** The registry stays open. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#followed.values()].map((followed) => followed.ended));
    await this.#writing;
  }

  #follow(service: string): FollowedService {
    const there = this.#followed.get(service);
    if (there !== undefined) return there;
    const { registry, onChange } = this.#options;
    const kept = this.#kept[service];
    const instances = new CachedService();
    if (kept !== undefined) {
      const known = { isSnapshot: true, instances: kept.instances, removed: [], revision: 0 };
      instances.take(known);
    }
    const followed = new FollowedService({
      ...{ service, registry, instances, clock: this.#clock, random: this.#random },
      keptMs: kept === undefined ? null : Date.parse(kept.saved_at),
      signal: this.#closing.signal,
      onChange: () => {
        this.#isWritten = false;
        this.#changed.ring();
        onChange?.(service);
      },
    });
    this.#followed.set(service, followed);
    return followed;
  }

  async #write(file: SnapshotFile): Promise<void> {
    const { signal } = this.#closing;
    for (let isLast = false; !isLast; ) {
      if (this.#isWritten) await this.#changed.heard(signal);
      await this.#clock.sleep(WRITE_AFTER_MS, signal);
      isLast = signal.aborted;
      if (!this.#isWritten) await this.#writeOnce(file);
    }
  }

  async #writeOnce(file: SnapshotFile): Promise<void> {
    this.#isWritten = true;
    try {
      await file.write({ ...this.#kept, ...this.#snapshots() });
    } catch (thrown) {
      const reason = messageOf(thrown);
      const { current: log } = this.#options.registry.log;
      log.warn({ reason }, 'what is known of services cannot be kept');
    }
  }

  #snapshots(): Snapshots {
    const nowMs = this.#clock.now();
    const told = [...this.#followed].filter(([, { isTold }]) => isTold);
    const entries = told.map(([service, { instances, staleSinceMs }]) => {
      const saved_at = new Date(staleSinceMs ?? nowMs).toISOString();
      return [service, { saved_at, instances: instances.all }] as const;
    });
    return Object.fromEntries(entries);
  }
}
