import type { Logger } from 'pino';
import type { HttpClient } from '../shared/client/http-client.ts';
import type { Route } from '../shared/http/route.ts';
import type { Clock } from '../shared/kernel/clock.ts';
import type { RandomSource } from '../shared/kernel/random.ts';
import type { Metrics } from '../shared/telemetry/metrics.ts';
import { AgentCaller, type Sign } from './fleet/agent-caller.ts';
import { CallPolicy } from './fleet/call-policy.ts';
import { Commands } from './fleet/commands.ts';
import { FleetMetrics } from './fleet/fleet-metrics.ts';
import { Queries } from './fleet/queries.ts';
import { SharedStores } from './fleet/shared-stores.ts';
import { SharedWork } from './fleet/shared-work.ts';
import { Slaves } from './fleet/slaves.ts';
import { clusterRoutes } from './http/cluster.routes.ts';
import { RESERVED_PATHS } from './http/runner.routes.ts';

export interface MasterConfig {
  /** `cluster.enable`. A process that is no master serves the same routes for its own slaves. */
  readonly enabled: boolean;
  /** `cluster.is_master`: what `ismaster` answers. */
  readonly isMaster: boolean;
  /** `cluster.allow`: see CallPolicy. */
  readonly allow: readonly string[];
  /** For each agent that is asked. */
  readonly readTimeoutMs: number;
  /** For each agent that is told. */
  readonly writeTimeoutMs: number;
}

interface MasterDeps {
  readonly config: MasterConfig;
  readonly http: HttpClient;
  readonly sign: Sign;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly metrics: Metrics;
  readonly log: Logger;
}

export interface Master {
  readonly routes: readonly Route[];
  /** Paths without a route that the original answers with 405: see the edge. */
  readonly reservedPaths: readonly string[];
  readonly slaves: Slaves;
}

/**
 * A master: no state but the slaves that its heartbeats tell it of, nothing that runs by itself.
 *
 * @throws AppError `invalid` when a pattern of `cluster.allow` cannot be read.
 */
export function createMaster(deps: MasterDeps): Master {
  const { config, http, sign, clock, random, metrics, log } = deps;
  const slaves = new Slaves(clock);
  const fleetMetrics = new FleetMetrics(metrics, slaves);
  const policy = new CallPolicy(config.allow);
  const caller = new AgentCaller({
    ...{ http, policy, sign, clock, random, metrics: fleetMetrics },
  });
  const queries = new Queries({ slaves, caller, timeoutMs: config.readTimeoutMs });
  const stores = new SharedStores({ caller, timeoutMs: config.readTimeoutMs });
  const commands = new Commands({ slaves, caller, stores, log, timeoutMs: config.writeTimeoutMs });
  const { readTimeoutMs, writeTimeoutMs } = config;
  const work = new SharedWork({ slaves, caller, readTimeoutMs, writeTimeoutMs });

  const routes = clusterRoutes({
    isEnabled: config.enabled,
    isMaster: config.isMaster,
    slaves,
    queries,
    commands,
    work,
    metrics: fleetMetrics,
    log,
  });
  return { routes, reservedPaths: RESERVED_PATHS, slaves };
}
