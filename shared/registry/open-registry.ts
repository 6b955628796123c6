import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import type { RegistryStore } from '../stores/registry/registry-store.ts';
import type { Look } from './instance-checks.ts';
import { Registry } from './registry.ts';
import type { RegistryLog } from './registry-log.ts';
import type { RegistryMetrics } from './registry-metrics.ts';
import { type RegistryOptionsInput, readRegistryOptions } from './registry-options.ts';
import { Warden } from './warden.ts';

interface RunningRegistryDeps {
  readonly store: RegistryStore;
  readonly options: RegistryOptionsInput;
  readonly clock: Clock;
  readonly look: Look;
  readonly log?: RegistryLog;
  readonly metrics?: RegistryMetrics;
}

export interface RunningRegistry {
  readonly registry: Registry;
  /** Gives up its turn to expire instances, and closes the store. */
  close(): Promise<void>;
}

/**
 * A registry over a store that is open already, with what looks after it.
 * @throws RegistryError `INVALID_CONFIG`.
 */
export function runRegistry({
  options: given,
  look,
  ...deps
}: RunningRegistryDeps): RunningRegistry {
  const options = readRegistryOptions(given);
  const { store, clock } = deps;
  const registry = new Registry({ ...deps, options });
  const warden = new Warden({ registry, store, options, clock, look, owner: randomUUID() });
  const closing = new AbortController();
  const running = warden.run(closing.signal);
  return {
    registry,
    close: async () => {
      closing.abort();
      await running;
      await registry.close();
    },
  };
}
