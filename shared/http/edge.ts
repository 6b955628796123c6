import type { RequestListener } from 'node:http';
import type { Logger } from 'pino';
import type { Envelope } from '../api/envelope.ts';
import type { Clock } from '../kernel/clock.ts';
import type { AccessControl } from './auth.ts';
import { CallPipeline, type ServedRoute } from './call-pipeline.ts';
import { expressRoutes } from './express-routes.ts';
import { HotRoutes } from './hot-routes.ts';
import type { RequestMetrics } from './request-metrics.ts';
import type { Route } from './route.ts';
import { routeTable } from './route-table.ts';

export interface EdgeOptions {
  readonly routes: readonly Route[];
  readonly envelope: Envelope;
  readonly auth: AccessControl;
  readonly limits?: EdgeLimits;
  /** One for all edges of a process: they share the names of the figures. */
  readonly requests: RequestMetrics;
  readonly log: Logger;
  readonly clock: Clock;
  /** A folder whose files answer a GET that hits no route. */
  readonly staticRoot?: string;
  /** Express paths without a route that answer 405 all the same. */
  readonly reservedPaths?: readonly string[];
}

export interface EdgeLimits {
  readonly bodyBytesMax: number;
}

/** One process's HTTP API, for a server to listen with. */
export interface Edge {
  readonly listener: RequestListener;
}

const DEFAULT_LIMITS: EdgeLimits = { bodyBytesMax: 1024 * 1024 };

/**
 * Makes a server's listener of route rows. A hot row is answered by the same pipeline as the rest,
 * only without asking Express which row it is.
 *
 * @throws Error when the rows contradict each other.
 */
export function createEdge(options: EdgeOptions): Edge {
  const { routes, envelope, auth, limits = DEFAULT_LIMITS, requests, log, clock } = options;
  const pipeline = new CallPipeline({ envelope, auth, log, clock, ...limits });

  const served = new Map<Route, ServedRoute>(
    routes.map((route) => [route, { route, meter: requests.meter(route.path, route.method) }]),
  );
  const app = expressRoutes({
    table: routeTable(routes),
    reservedPaths: options.reservedPaths ?? [],
    staticRoot: options.staticRoot,
    served,
    pipeline,
    others: requests.meter('(none)', '(any)'),
    log,
  });

  const hot = new HotRoutes([...served.values()]);
  return {
    listener: (request, response) => {
      const found = hot.find(request);
      if (found === null) app(request, response);
      else void pipeline.handle(found.row, { request, response, params: found.params });
    },
  };
}
