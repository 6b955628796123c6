import { type Logger, pino } from 'pino';
import { parseBindHost } from '../../config/bind-host.ts';
import { AccessControl } from '../../http/auth.ts';
import { createEdge, type Edge } from '../../http/edge.ts';
import { type Listening, listen } from '../../http/listen.ts';
import { RequestMetrics } from '../../http/request-metrics.ts';
import type { Route } from '../../http/route.ts';
import { healthRoute, metricsRoute } from '../../http/system-routes.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { PartitionStore } from '../../stores/partitions/partition-store.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import { Administration } from '../administration.ts';
import type { Coordinator } from '../coordinator.ts';
import type { PiecePlanner, Planner } from '../processor.ts';
import { coordinatorEnvelope } from './coordinator-envelope.ts';
import { coordinatorRoutes } from './coordinator-routes.ts';

const CLOSE_MS_DEFAULT = 2_000;
const STDERR = 2;

export interface CoordinatorServerOptions {
  readonly coordinator: Coordinator;
  /** The coordinator's. */
  readonly store: PartitionStore;
  readonly planner: Planner | PiecePlanner;
  /** Where the API is: `:8081`, or `127.0.0.1:8081` for this machine only; null: nowhere. */
  readonly httpAddr: string | null;
  /** What `/metrics` tells; calls are counted there, too. Each server needs one of its own. */
  readonly metrics?: Metrics;
  /** Where `/metrics` is; absent: where the API is. `/health` is at both. */
  readonly metricsAddr?: string;
  /** What callers of the API send as `Authorization: Bearer <token>`; absent: anybody may call. */
  readonly token?: string;
  /** Routes of your own, beside those of the API. */
  readonly routes?: readonly Route[];
  /** Absent: warnings and errors go to stderr. */
  readonly log?: Logger;
  readonly clock?: Clock;
}

export interface CoordinatorServer {
  /** Of the API; null: it is nowhere. */
  readonly httpPort: number | null;
  /** Of `/metrics` and `/health`. */
  readonly metricsPort: number | null;
  /** Lets the answers out that are on their way, and waits no longer than that for them. */
  close(deadlineMs?: number): Promise<void>;
}

/**
 * Serves the API of a coordinator, and its figures: at one address, or at two.
 * @throws AppError `conflict` for an address that is taken, `invalid` for one that is none.
 */
export async function serveCoordinator(
  given: CoordinatorServerOptions,
): Promise<CoordinatorServer> {
  const options = settled(given);
  const { httpAddr, metricsAddr } = options;
  const toEdge = edges(options);
  const opened = new Map<string | null, Listening>();
  const close = async (deadlineMs = CLOSE_MS_DEFAULT): Promise<void> => {
    await Promise.all([...opened.values()].map((each) => each.close(deadlineMs)));
  };
  try {
    for (const [option, address] of Object.entries({ httpAddr, metricsAddr })) {
      if (address === null || opened.has(address)) continue;
      const edge = toEdge(routesAt(address, options));
      opened.set(address, await listenAt(edge, { ...options, option, address }));
    }
  } catch (thrown) {
    await close(0);
    throw thrown;
  }
  const portAt = (address: string | null) => opened.get(address)?.port ?? null;
  return { httpPort: portAt(httpAddr), metricsPort: portAt(metricsAddr), close };
}

/** With all that is not said. */
interface Settled extends Omit<CoordinatorServerOptions, 'metricsAddr'> {
  readonly metricsAddr: string | null;
  readonly log: Logger;
  readonly clock: Clock;
}

function settled(given: CoordinatorServerOptions): Settled {
  const { httpAddr, metricsAddr = httpAddr, log = stderrLog(), clock = systemClock } = given;
  return { ...given, metricsAddr, log, clock };
}

function stderrLog(): Logger {
  return pino({ level: 'warn' }, pino.destination({ fd: STDERR, sync: true }));
}

function routesAt(address: string, options: Settled): Route[] {
  const { httpAddr, metrics, metricsAddr, clock } = options;
  return [
    healthRoute(clock),
    ...(address === httpAddr ? apiRoutes(options) : []),
    ...(address === metricsAddr && metrics !== undefined ? [metricsRoute(metrics)] : []),
  ];
}

function apiRoutes({ coordinator, store, planner, clock, routes = [] }: Settled): Route[] {
  const administration = new Administration({ store, coordinator, planner, clock });
  return [...coordinatorRoutes(() => administration), ...routes];
}

/** Makes edges that share what a process has one of. */
function edges({ metrics = new Metrics(), token = '', log, clock }: Settled) {
  const shared = {
    ...{ log, clock, envelope: coordinatorEnvelope, requests: new RequestMetrics(metrics) },
    auth: new AccessControl({ clusterSecret: '', userToken: token, clock }),
  };
  return (routes: readonly Route[]): Edge => createEdge({ routes, ...shared });
}

interface Place {
  readonly option: string;
  readonly address: string;
  readonly log: Logger;
  readonly clock: Clock;
}

function listenAt({ listener }: Edge, { option, address, log, clock }: Place): Promise<Listening> {
  const place = parseBindHost(address);
  if (place !== null) return listen(listener, { ...place, option, clock, log });
  throw new AppError(
    'invalid',
    `${option} is "${address}"; it must be :port, host:port or [IPv6]:port`,
  );
}
