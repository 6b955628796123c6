import { createServer, type Server } from 'node:http';
import { pino } from 'pino';
import request from 'supertest';
import type { Sign } from '../../master/fleet/agent-caller.ts';
import { createMaster, type MasterConfig } from '../../master/master.ts';
import { logkitEnvelope } from '../../shared/api/envelope.ts';
import type { HttpClient } from '../../shared/client/http-client.ts';
import { createPoolClient } from '../../shared/client/pool-client.ts';
import { AccessControl } from '../../shared/http/auth.ts';
import { createEdge } from '../../shared/http/edge.ts';
import { RequestMetrics } from '../../shared/http/request-metrics.ts';
import { systemClock } from '../../shared/kernel/clock.ts';
import { systemRandom } from '../../shared/kernel/random.ts';
import { Metrics } from '../../shared/telemetry/metrics.ts';
import { FakeClock } from './fake-clock.ts';

interface ServeMasterOptions {
  readonly config?: Partial<MasterConfig>;
  readonly http?: HttpClient;
  readonly sign?: Sign;
}

const CONFIG: MasterConfig = {
  enabled: true,
  isMaster: true,
  allow: [],
  readTimeoutMs: 5_000,
  writeTimeoutMs: 5_000,
};
const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Liveness is as the test says; what waits between two attempts really waits. */
class MovedClock extends FakeClock {
  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }
}

/** A master on a port of its own, with a clock that the test moves. */
export class ServedMaster {
  readonly clock = new MovedClock();
  readonly metrics = new Metrics();
  readonly api: ReturnType<typeof request>;
  readonly #http: HttpClient;
  readonly #server: Server;

  constructor({ config, http, sign = () => ({}) }: ServeMasterOptions = {}) {
    const { clock, metrics } = this;
    const log = pino({ level: 'silent' });
    this.#http = http ?? createPoolClient({ userAgent: 'test' });
    const { routes, reservedPaths } = createMaster({
      config: { ...CONFIG, ...config },
      http: this.#http,
      sign,
      clock,
      random: systemRandom,
      metrics,
      log,
    });
    const auth = new AccessControl({ clusterSecret: '', userToken: '', clock });
    const limits = { bodyBytesMax: BODY_BYTES_MAX };
    const edge = createEdge({
      ...{ routes, reservedPaths, envelope: logkitEnvelope },
      ...{ auth, limits, log, clock },
      requests: new RequestMetrics(metrics),
    });
    this.#server = createServer(edge.listener).listen(0);
    this.api = request(this.#server);
  }

  /** What a heartbeat of that agent does. */
  async register(url: string, tag = ''): Promise<void> {
    await this.api.post('/logkit/cluster/register').send({ url, tag }).expect(200);
  }

  async close(): Promise<void> {
    await this.#http.close();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
