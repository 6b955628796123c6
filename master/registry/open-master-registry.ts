import { guardedLookup } from '../../shared/client/guarded-lookup.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import type { MainConfig } from '../../shared/config/main-config.ts';
import { type RegistrationInput, ServiceName } from '../../shared/domain/registration.ts';
import type { Route } from '../../shared/http/route.ts';
import type { Actor } from '../../shared/kernel/run-together.ts';
import type { Shell } from '../../shared/process/shell.ts';
import { registryHttp } from '../../shared/registry/http/registry-http.ts';
import type { Look } from '../../shared/registry/instance-checks.ts';
import { lookAt } from '../../shared/registry/look-at.ts';
import { runRegistry } from '../../shared/registry/open-registry.ts';
import { RegistryMetrics } from '../../shared/registry/registry-metrics.ts';
import type { RegistryOptionsInput } from '../../shared/registry/registry-options.ts';
import { lateRegistryStore } from '../../shared/stores/registry/late-registry-store.ts';
import { openRegistryStore } from '../../shared/stores/registry/open-registry-store.ts';
import { placeBeside } from '../../shared/stores/store-place.ts';
import { CallPolicy } from '../fleet/call-policy.ts';
import { OwnRegistration } from './own-registration.ts';

/** Beside what else is kept on disk, where no other place is shared. */
const FILE = 'registry.db';

const SERVICE = 'logkit-master';
/** Two renewals may get lost. */
const RENEWALS_A_LEASE = 3;
const S_MS = 1_000;
const MINUTE_MS = 60 * S_MS;
const HOUR_MS = 60 * MINUTE_MS;
const IDC_CHARACTERS_MAX = 1_000;
const PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** The registry of services as a master serves it. */
export interface MasterRegistry {
  readonly routes: readonly Route[];
  /** Registers this master. */
  readonly actor: Actor;
  /** To be called before the server stops: some answers have no end of their own. */
  readonly endWatches: () => void;
}

/**
 * Opens the registry of this process. Null: it is no master. A store that is away is waited for by
 * whoever asks, and keeps nothing from starting.
 *
 * @throws AppError `invalid` when a pattern of `cluster.allow` cannot be read.
 */
export function openMasterRegistry(
  shell: Shell,
  /** The URL of this process; '' when it has none. */
  ownUrl: () => string,
  cleanup: AsyncDisposableStack,
): MasterRegistry | null {
  const { config, clock, random, log, metrics } = shell;
  if (!config.cluster.enable || !config.cluster.is_master) return null;

  const place = placeBeside(shell.partitionPlace, config.data_dir, FILE);
  const { prefix, lease_ttl_seconds: leaseS, http_status: hasStatus } = config.registry;
  const open = () => openRegistryStore(place, { prefix, graceMs: leaseS * S_MS });
  const policy = new CallPolicy(config.cluster.allow);
  const allowsAddress = (ip: string) => policy.allowsAddress(ip);
  const http = createPoolClient({ ...shell.clientOptions, allowsAddress });
  cleanup.defer(() => http.close());
  const running = runRegistry({
    ...{ clock, store: lateRegistryStore({ open, clock }) },
    look: guarded(lookAt(http, guardedLookup(allowsAddress)), policy),
    options: optionsOf(config.registry),
    ...{ log: { current: log }, metrics: new RegistryMetrics(metrics) },
  });
  cleanup.defer(() => running.close());

  const { registry } = running;
  const { routes, endWatches } = registryHttp({ registry, clock, hasStatus });
  const actor = new OwnRegistration({
    ...{ registry, clock, random, intervalMs: (leaseS * S_MS) / RENEWALS_A_LEASE },
    registration: () => registrationOf(shell, ownUrl()),
  });
  return { routes, actor, endWatches };
}

function optionsOf(config: MainConfig['registry']): RegistryOptionsInput {
  const { prefix, lease_ttl_seconds: leaseTtlSeconds, retention_hours, protection } = config;
  return {
    ...{ prefix, leaseTtlSeconds },
    renewIntervalMs: (leaseTtlSeconds * S_MS) / RENEWALS_A_LEASE,
    // Whoever asks over HTTP tries again, and must not be kept waiting by each try.
    retryTimes: 0,
    retentionMs: retention_hours * HOUR_MS,
    protection: {
      share: protection.percent / 100,
      leastInstances: protection.least_instances,
      mostMs: protection.minutes * MINUTE_MS,
    },
  };
}

function registrationOf(
  { config, version, clock }: Shell,
  ownUrl: string,
): RegistrationInput | null {
  const url = URL.parse(ownUrl);
  if (url === null) return null;
  const protocol = url.protocol.slice(0, -1);
  const port = url.port === '' ? (PORTS[protocol] ?? '') : url.port;
  const { idc, zone } = config;
  return {
    ...{ name: SERVICE, address: `${url.hostname}:${port}`, protocol },
    // It is free text in the configuration.
    ...(ServiceName.safeParse(zone).success && { zone }),
    metadata: { version, ...(idc !== '' && { idc: idc.slice(0, IDC_CHARACTERS_MAX) }) },
    start_time: new Date(clock.now()).toISOString(),
  };
}

/** Addresses that the master must not call for others are not looked at. */
function guarded(look: Look, policy: CallPolicy): Look {
  return async (address, check, signal) =>
    policy.refusal(`http://${address}`) ?? look(address, check, signal);
}
