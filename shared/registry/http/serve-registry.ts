import { type Logger, pino } from 'pino';
import { registryEnvelope } from '../../api/registry-envelope.ts';
import { parseBindHost } from '../../config/bind-host.ts';
import { AccessControl } from '../../http/auth.ts';
import { createEdge } from '../../http/edge.ts';
import { listen } from '../../http/listen.ts';
import { RequestMetrics } from '../../http/request-metrics.ts';
import { systemRoutes } from '../../http/system-routes.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import { Metrics } from '../../telemetry/metrics.ts';
import type { Registry } from '../registry.ts';
import { registryHttp } from './registry-http.ts';

const CLOSE_MS = 2_000;
const STDERR = 2;

export interface RegistryServerOptions {
  readonly registry: Registry;
  /** Where: `:8082`, or `127.0.0.1:8082` for this machine only. */
  readonly address: string;
  /** What callers send as `Authorization: Bearer <token>`; absent: anybody may do everything. */
  readonly token?: string;
  /** Failures have the HTTP status that goes with their code, also where a call does not ask for it. */
  readonly hasStatus?: boolean;
  /** What `/metrics` tells; calls are counted there, too. */
  readonly metrics?: Metrics;
  /** Absent: warnings and errors go to stderr. */
  readonly log?: Logger;
  readonly clock?: Clock;
}

export interface RegistryServer {
  readonly port: number;
  /** Ends watches, and lets the answers out that are on their way. */
  close(): Promise<void>;
}

/**
 * Serves the HTTP API of a registry, with `/health` and `/metrics`. The registry is not closed with it.
 * @throws AppError `conflict` for an address that is taken, `invalid` for one that is none.
 */
export async function serveRegistry(options: RegistryServerOptions): Promise<RegistryServer> {
  const { registry, address, token = '', hasStatus = false, clock = systemClock } = options;
  const { log = pino({ level: 'warn' }, pino.destination(STDERR)), metrics = new Metrics() } =
    options;
  const place = parseBindHost(address);
  if (place === null) {
    throw new AppError('invalid', `address: ${JSON.stringify(address)} is none; write host:port`);
  }
  const access = { token: 'user', admin: 'user' } as const;
  const { routes, endWatches } = registryHttp({ registry, clock, hasStatus, access });
  const { listener } = createEdge({
    routes: [...routes, ...systemRoutes({ metrics, clock })],
    envelope: registryEnvelope({ hasStatus }),
    auth: new AccessControl({ clusterSecret: '', userToken: token, clock }),
    requests: new RequestMetrics(metrics),
    ...{ log, clock },
  });
  const listening = await listen(listener, { ...place, option: 'address', clock, log });
  return {
    port: listening.port,
    close: async () => {
      endWatches();
      await listening.close(CLOSE_MS);
    },
  };
}
