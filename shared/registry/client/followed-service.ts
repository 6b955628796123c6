import type { Clock } from '../../kernel/clock.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { RandomSource } from '../../kernel/random.ts';
import { doubling, retryDelayMs } from '../../resilience/retry-schedule.ts';
import type { ServiceRegistry, Watcher } from '../service-registry.ts';
import type { CachedService } from './cached-service.ts';

const BACKOFF = doubling(250, 15_000);

interface FollowedServiceDeps {
  readonly service: string;
  readonly registry: Pick<ServiceRegistry, 'watch' | 'log'>;
  readonly instances: CachedService;
  /** When what is known already was true (epoch ms); null: nothing is. */
  readonly keptMs: number | null;
  readonly onChange: () => void;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly signal: AbortSignal;
}

/** Keeps what is known of a service true, for as long as the registry answers. */
export class FollowedService {
  readonly instances: CachedService;
  readonly ended: Promise<void>;
  readonly #deps: FollowedServiceDeps;
  readonly #first = Promise.withResolvers<undefined>();
  #watcher: Watcher | null = null;
  #awaySinceMs: number;
  #isTold = false;
  #failures = 0;

  constructor(deps: FollowedServiceDeps) {
    this.instances = deps.instances;
    this.#deps = deps;
    this.#awaySinceMs = deps.keptMs ?? deps.clock.now();
    // Whoever waits for it is told; it is no failure that nobody does.
    this.#first.promise.catch(() => undefined);
    this.ended = this.#run();
  }

  /** Whether the registry has ever told what there is. */
  get isTold(): boolean {
    return this.#isTold;
  }

  get staleSinceMs(): number | null {
    return this.#watcher === null ? this.#awaySinceMs : this.#watcher.awaySinceMs;
  }

  /** Also what was kept is known. @throws RegistryError of the first attempt, where nothing is. */
  async known(): Promise<void> {
    await this.#first.promise.catch((thrown: unknown) => {
      if (!this.#isTold && this.#deps.keptMs === null) throw thrown;
    });
  }

  async #run(): Promise<void> {
    const { signal, clock, random } = this.#deps;
    while (!signal.aborted) {
      try {
        await this.#watch();
      } catch (thrown) {
        this.#failed(thrown);
      }
      await clock.sleep(retryDelayMs(BACKOFF, Math.max(1, this.#failures), random), signal);
    }
    this.#first.resolve(undefined);
  }

  /** Until the watch ends, or fails. */
  async #watch(): Promise<void> {
    const { registry, service, signal, clock, onChange } = this.#deps;
    const watcher = await registry.watch(service);
    try {
      for (;;) {
        const update = await watcher.nextChange(signal);
        if (update === null) return;
        this.#watcher = watcher;
        this.#failures = 0;
        this.#isTold = true;
        this.instances.take(update);
        this.#first.resolve(undefined);
        onChange();
      }
    } finally {
      if (this.#watcher !== null) this.#awaySinceMs = watcher.awaySinceMs ?? clock.now();
      this.#watcher = null;
      watcher.stop();
    }
  }

  #failed(thrown: unknown): void {
    const { service, registry } = this.#deps;
    this.#failures += 1;
    this.#first.reject(thrown);
    if (this.#failures > 1) return;
    const reason = messageOf(thrown);
    registry.log.current.warn({ service, reason }, 'a service cannot be followed; it is tried on');
  }
}
