import type { Logger } from 'pino';
import { createPoolClient } from '../client/pool-client.ts';
import type { RegistrationInput } from '../domain/registration.ts';
import { type Clock, systemClock } from '../kernel/clock.ts';
import { openRegistryStore } from '../stores/registry/open-registry-store.ts';
import type { StorePlace } from '../stores/store-place.ts';
import { Registrations } from './client/registrations.ts';
import { lookAt } from './look-at.ts';
import { type RunningRegistry, runRegistry } from './open-registry.ts';
import type { Registry } from './registry.ts';
import { asRegistryError } from './registry-error.ts';
import { type RegistryLog, silentLog } from './registry-log.ts';
import type { RegistryMetrics } from './registry-metrics.ts';
import { type RegistryOptionsInput, readRegistryOptions } from './registry-options.ts';
import type { ServiceInstance } from './service-instance.ts';
import type { InstanceFilter, ServiceRegistry, Watcher, WatchOptions } from './service-registry.ts';

const S_MS = 1_000;

export interface OpenRegistryOptions extends RegistryOptionsInput {
  /** In what it is kept: this process, a file, Redis or etcd. */
  readonly store: StorePlace;
  /** Absent: nothing is logged. */
  readonly log?: Logger;
  readonly metrics?: RegistryMetrics;
  readonly clock?: Clock;
}

/**
 * Opens a registry over a store, which all who open the same one share. Whoever opens it closes it.
 * @throws RegistryError `INVALID_CONFIG` for options that are none, or as the store does.
 */
export async function openRegistry({
  store: place,
  log,
  metrics,
  clock = systemClock,
  ...given
}: OpenRegistryOptions): Promise<OpenedRegistry> {
  const options = readRegistryOptions(given);
  const { prefix, leaseTtlSeconds } = options;
  const opening = openRegistryStore(place, { prefix, graceMs: leaseTtlSeconds * S_MS });
  const store = await opening.catch((thrown: unknown) => {
    throw asRegistryError(thrown, 'INVALID_CONFIG');
  });
  const registryLog = silentLog();
  if (log !== undefined) registryLog.current = log;
  const http = createPoolClient({ userAgent: 'logkit-fleet-registry' });
  const running = runRegistry({
    ...{ store, options: given, clock, log: registryLog, look: lookAt(http) },
    ...(metrics !== undefined && { metrics }),
  });
  return new OpenedRegistry(running, () => http.close());
}

/** A registry of this program's own, with what looks after it; it knows what it has registered. */
export class OpenedRegistry implements ServiceRegistry {
  /** With what operators do: overrides, histories, renewals of many. */
  readonly registry: Registry;
  readonly #running: RunningRegistry;
  readonly #closeOther: () => Promise<void>;
  readonly #registrations = new Registrations();

  constructor(running: RunningRegistry, closeOther: () => Promise<void>) {
    this.registry = running.registry;
    this.#running = running;
    this.#closeOther = closeOther;
  }

  get log(): RegistryLog {
    return this.registry.log;
  }

  async register(registration: RegistrationInput): Promise<ServiceInstance> {
    const instance = await this.registry.register(registration);
    this.#registrations.remember(registration, instance);
    return instance;
  }

  registrationOf(id: string): RegistrationInput | undefined {
    return this.#registrations.of(id);
  }

  unregister(id: string): Promise<void> {
    this.#registrations.forget(id);
    return this.registry.unregister(id);
  }

  offline(id: string): Promise<ServiceInstance> {
    return this.registry.offline(id);
  }

  renew(id: string): Promise<void> {
    return this.registry.renew(id);
  }

  discover(service: string, filter?: InstanceFilter): Promise<readonly ServiceInstance[]> {
    return this.registry.discover(service, filter);
  }

  getService(id: string): Promise<ServiceInstance> {
    return this.registry.getService(id);
  }

  listServices(): Promise<readonly string[]> {
    return this.registry.listServices();
  }

  watch(service: string, options?: WatchOptions): Promise<Watcher> {
    return this.registry.watch(service, options);
  }

  setLogger(log: Logger): void {
    this.registry.setLogger(log);
  }

  async close(): Promise<void> {
    await this.#running.close();
    await this.#closeOther();
  }
}
