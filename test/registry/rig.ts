import { setImmediate as turned } from 'node:timers/promises';
import type { RegistrationInput } from '../../shared/domain/registration.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import type { Look } from '../../shared/registry/instance-checks.ts';
import { Registry } from '../../shared/registry/registry.ts';
import {
  type RegistryOptionsInput,
  readRegistryOptions,
} from '../../shared/registry/registry-options.ts';
import type { ServiceInstance } from '../../shared/registry/service-instance.ts';
import { Warden } from '../../shared/registry/warden.ts';
import { memoryRegistryStore } from '../../shared/stores/registry/memory/memory-registry-store.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import { FakeClock } from '../support/fake-clock.ts';

export const LEASE_MS = 30_000;
/** How often a warden runs with such leases. */
export const RUN_MS = 5_000;

const STEP_MS = 250;
const TURNS_A_STEP = 4;
const allIsWell: Look = async () => null;

/** Registries with one store in memory, whose time passes when it is told to. */
export class RegistryRig {
  readonly clock = new FakeClock();
  readonly store: RegistryStore = memoryRegistryStore(this.clock);
  readonly #ending = new AbortController();
  readonly #ends: Promise<void>[] = [];
  #options: RegistryOptionsInput = {};

  open(options: RegistryOptionsInput = {}, store = this.store): Registry {
    return new Registry({ store, options: readRegistryOptions(options), clock: this.clock });
  }

  /** Not running yet. */
  warden(registry: Registry, more: { owner?: string; look?: Look; store?: RegistryStore } = {}) {
    const { owner = 'w1', look = allIsWell, store = this.store } = more;
    const options = readRegistryOptions(this.#options);
    return new Warden({ registry, store, options, clock: this.clock, owner, look });
  }

  /** A registry that is looked after. */
  async tended(options: RegistryOptionsInput = {}, look: Look = allIsWell): Promise<Registry> {
    this.#options = options;
    const registry = this.open(options);
    this.run(this.warden(registry, { look }));
    await this.settle();
    return registry;
  }

  /** Runs it until the rig is closed. */
  run(warden: Warden): void {
    this.#ends.push(warden.run(this.#ending.signal));
  }

  /** Lets time pass, and all that is due in it happen. */
  async pass(ms: number): Promise<void> {
    await this.settle();
    for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
      this.clock.advance(Math.min(STEP_MS, leftMs));
      await this.settle();
    }
  }

  /** The same while those instances renew in time. */
  async passRenewing(registry: Registry, ids: readonly string[], ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 10_000) {
      await registry.renewAll(ids);
      await this.pass(Math.min(10_000, leftMs));
    }
  }

  /** Lets happen what waits for no time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS_A_STEP; turn += 1) await turned();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#ends);
  }
}

export function instance(id: string, more: Partial<RegistrationInput> = {}): RegistrationInput {
  return { id, name: 'web', address: '10.0.0.1:80', ...more };
}

export async function registerMany(registry: Registry, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, nth) => `web-${String(nth).padStart(4, '0')}`);
  await Promise.all(ids.map((id) => registry.register(instance(id))));
  return ids;
}

export function idsOf(instances: readonly ServiceInstance[] | null): readonly string[] {
  return (instances ?? []).map(({ id }) => id);
}

export async function eventsOf(registry: Registry, id: string): Promise<readonly string[]> {
  return (await registry.history(id)).map(({ event }) => event).toReversed();
}

/** The store, with some of its calls done otherwise. */
export function storeWith(store: RegistryStore, calls: Partial<RegistryStore>): RegistryStore {
  return { ...store, ...calls };
}

/** Fails so often, then does it. */
export function failing<Args extends readonly unknown[], Result>(
  times: number,
  call: (...args: Args) => Promise<Result>,
  kind: 'unavailable' | 'timeout' = 'unavailable',
) {
  const failed = { times: 0 };
  const tried = async (...args: Args): Promise<Result> => {
    if (failed.times >= times) return call(...args);
    failed.times += 1;
    throw new AppError(kind, 'the store is away');
  };
  return { call: tried, failed };
}
