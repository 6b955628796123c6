import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
} from 'express';
import type { Logger } from 'pino';
import type { CallPipeline, ServedRoute } from './call-pipeline.ts';
import type { RouteMeter } from './request-metrics.ts';
import type { Route } from './route.ts';
import { allowedMethods, type PathRows, rowFor } from './route-table.ts';
import { staticFiles } from './static-files.ts';
import { statusAnswer, writeRefusal } from './write-answer.ts';

interface ExpressRoutesOptions {
  readonly table: readonly PathRows[];
  /** Paths below known ones that have no route: any method gets 405 there, not 404. */
  readonly reservedPaths: readonly string[];
  readonly staticRoot: string | undefined;
  readonly served: ReadonlyMap<Route, ServedRoute>;
  readonly pipeline: CallPipeline;
  /** Counts what no row answered: files, unknown paths, wrong methods. */
  readonly others: RouteMeter;
  readonly log: Logger;
}

/** Finds the row of a request and lets the pipeline answer it; says what a router has to say. */
export function expressRoutes(options: ExpressRoutesOptions): Express {
  const { table, reservedPaths, staticRoot, others, log } = options;
  const app = express();
  app.set('case sensitive routing', true);
  app.set('strict routing', true);
  app.set('query parser', false);
  app.disable('x-powered-by');

  app.use(refuseMalformedPath);
  for (const path of table) app.all(path.path, rowHandler(path, options));
  app.use(countAnswer(others));
  for (const path of reservedPaths) app.all(path, methodNotAllowed(''));
  if (staticRoot !== undefined) app.use(staticFiles(staticRoot));
  app.use(notFound);
  app.use(failed(log));
  return app;
}

const refuseMalformedPath: RequestHandler = (request, response, next) => {
  if (isDecodable(request.path)) next();
  else writeRefusal(request, response, statusAnswer(400));
};

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function rowHandler(
  path: PathRows,
  { served, pipeline, others }: ExpressRoutesOptions,
): RequestHandler {
  const count = countAnswer(others);
  const refuse = methodNotAllowed(allowedMethods(path));
  return (request, response, next) => {
    const row = rowFor(path, request.method);
    const found = row && served.get(row);
    if (found === undefined) {
      count(request, response, () => refuse(request, response, next));
      return;
    }
    void pipeline.handle(found, { request, response, params: paramsOf(request) });
  };
}

function countAnswer(meter: RouteMeter): RequestHandler {
  return (_request, response, next) => {
    response.once('finish', () => meter.count(response.statusCode));
    next();
  };
}

function paramsOf({ params }: Request): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
}

const notFound: RequestHandler = (request, response) => {
  writeRefusal(request, response, statusAnswer(404));
};

function methodNotAllowed(allow: string): RequestHandler {
  return (request, response) => {
    writeRefusal(request, response, statusAnswer(405, { Allow: allow }));
  };
}

/** Express and its static files throw errors with a status of their own, e.g. for a bad path. */
function failed(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const status = statusOf(thrown);
    if (status >= 500) log.error({ err: thrown, method: request.method }, 'request failed');
    writeRefusal(request, response, statusAnswer(status));
  };
}

function statusOf(thrown: unknown): number {
  if (!(thrown instanceof Error) || !('status' in thrown)) return 500;
  return typeof thrown.status === 'number' && thrown.status < 500 ? thrown.status : 500;
}
