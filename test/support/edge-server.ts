import { pino } from 'pino';
import { logkitEnvelope } from '../../shared/api/envelope.ts';
import { AccessControl } from '../../shared/http/auth.ts';
import { createEdge, type EdgeOptions } from '../../shared/http/edge.ts';
import { type Listening, listen } from '../../shared/http/listen.ts';
import { RequestMetrics } from '../../shared/http/request-metrics.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';

export interface EdgeServer extends Listening, AsyncDisposable {
  readonly url: string;
}

/** Serves routes on a free port of 127.0.0.1, with no secrets set unless `options` bring some. */
export async function serveEdge(
  options: Pick<EdgeOptions, 'routes'> & Partial<EdgeOptions>,
): Promise<EdgeServer> {
  const clock = systemClock;
  const log = pino({ level: 'silent' });
  const { listener } = createEdge({
    envelope: logkitEnvelope,
    auth: new AccessControl({ clusterSecret: '', userToken: '', clock }),
    requests: new RequestMetrics(new Metrics()),
    log,
    clock,
    ...options,
  });
  const listening = await listen(listener, { host: '127.0.0.1', port: 0, clock, log });
  return {
    ...listening,
    url: `http://127.0.0.1:${listening.port}`,
    [Symbol.asyncDispose]: () => listening.close(0),
  };
}
