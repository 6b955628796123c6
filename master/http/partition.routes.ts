import { LOGKIT_CODES } from '../../shared/api/codes.ts';
import { parseJson } from '../../shared/api/json-numbers.ts';
import { namespaceRoutes } from '../../shared/coordinator/http/coordinator-routes.ts';
import { jsonRoute } from '../../shared/coordinator/http/json-route.ts';
import { type Call, RawAnswer, type Route } from '../../shared/http/route.ts';
import { AppError } from '../../shared/kernel/errors.ts';
import { isJsonObject } from '../fleet/json-object.ts';
import type { SharedWork } from '../fleet/shared-work.ts';
import { selectorIn } from './aim.ts';
import { CLUSTER } from './runner.routes.ts';

const RETRY = '/api/v1/retry-failed-partitions';
const GAPS = '/api/v1/gaps';
/** They select agents, and are not for them. */
const OWN_PARAMETERS = ['tag', 'url'] as const;

interface PartitionRoutesDeps {
  readonly work: SharedWork;
  /** Never gives the same twice. */
  readonly freshKey: () => string;
}

/** The work that agents share: who has it, and its coordinator's own API, by way of any of them. */
export function partitionRoutes(deps: PartitionRoutesDeps): Route[] {
  const list: Route = {
    method: 'GET',
    path: `${CLUSTER}/partitions`,
    access: 'user',
    failure: LOGKIT_CODES.clusterStatus,
    answer: (call) => deps.work.keys(selectorIn(call), call.signal),
  };
  // Its rows are looked at, not answered: what agents serve is what is passed on.
  const api = namespaceRoutes(() => {
    throw new AppError('internal', 'this process shares no work');
  });
  return [list, ...api.map((row) => passedOn(row, deps))];
}

function passedOn({ method, path }: Route, { work, freshKey }: PartitionRoutesDeps): Route {
  const route = jsonRoute(method, `${CLUSTER}/partitions/:key${path}`, async (call) => {
    const request = {
      ...{ method, key: call.params['key'] ?? '' },
      path: filled(path, call) + forwardedQuery(call),
      body: path === RETRY ? withKey(call.body, freshKey) : call.body,
      // To delete or cancel it a second time would find nothing, and say so.
      isRepeatable: method !== 'DELETE' && !path.endsWith('/cancel'),
      isForLeader: method === 'POST' && path === GAPS,
    };
    const { status, body } = await work.forward(request, selectorIn(call), call.signal);
    return new RawAnswer({ status, body, contentType: 'application/json; charset=utf-8' });
  });
  return { ...route, failure: LOGKIT_CODES.clusterStatus };
}

/** @throws AppError `invalid` for a name that would lead out of the path. */
function filled(path: string, { params }: Call): string {
  return path.replaceAll(/:(\w+)/g, (_all, name: string) => {
    const value = params[name] ?? '';
    if (!/^\.*$/.test(value)) return encodeURIComponent(value);
    throw new AppError('invalid', `${JSON.stringify(value)} names nothing`);
  });
}

function forwardedQuery({ queryText }: Call): string {
  const parameters = new URLSearchParams(queryText);
  for (const name of OWN_PARAMETERS) parameters.delete(name);
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

/** By its key a second agent knows the order that a first one may have had. */
function withKey(body: Buffer, freshKey: () => string): Buffer {
  try {
    const order = parseJson(body.toString());
    if (!isJsonObject(order) || order['idempotency_key'] !== undefined) return body;
    return Buffer.from(JSON.stringify({ ...order, idempotency_key: freshKey() }));
  } catch {
    // Whoever gets it says what is wrong with it.
    return body;
  }
}
