import { createServer, type Server } from 'node:http';
import type { GreetServer } from './greet-server.ts';
import { HOST } from './hello.ts';

const NS_A_MS = 1_000_000;
const MS_A_SECOND = 1_000;

interface Watched {
  readonly greet: GreetServer;
  readonly port: number;
  readonly failAfter: number;
  readonly failDurationMs: number;
  readonly failRate: number;
}

/** `/health`, `/metrics` and `/status` of a server; to ask counts as no request. */
export async function serveHealth(watched: Watched, port: number): Promise<Server> {
  const answers: Readonly<Record<string, () => object>> = {
    '/health': () => health(watched),
    '/metrics': () => figures(watched),
    '/status': () => status(watched),
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    const answer = Object.hasOwn(answers, path) ? answers[path]?.() : undefined;
    const isDown = path === '/health' && watched.greet.isDown();
    const code = answer === undefined ? 404 : isDown ? 503 : 200;
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(answer ?? { error: 'not found' })}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return server;
}

function health({ greet }: Watched): object {
  const isDown = greet.isDown();
  return {
    status: isDown ? 'DOWN' : 'UP',
    instance_id: greet.id,
    request_count: greet.counts.requests,
    ...(isDown && { message: 'Service is currently unavailable' }),
    timestamp: nowSeconds(),
  };
}

function figures({ greet }: Watched): object {
  const { requests, successes, failures, averageNs } = greet.counts;
  return {
    total_requests: requests,
    success_count: successes,
    failure_count: failures,
    // It calls nobody itself.
    ...{ retry_count: 0, failover_count: 0, circuit_breaks: 0 },
    avg_response_time: averageNs,
    instance_id: greet.id,
    instance_status: greet.isDown() ? 'DOWN' : 'UP',
    timestamp: nowSeconds(),
  };
}

function status({ greet, port, failAfter, failDurationMs, failRate }: Watched): object {
  const { outageMs } = greet;
  return {
    instance_id: greet.id,
    ...{ address: HOST, port },
    status: outageMs === null ? 'UP' : 'DOWN',
    request_count: greet.counts.requests,
    fail_after: failAfter,
    fail_duration: failDurationMs * NS_A_MS,
    fail_rate: failRate,
    ...(outageMs !== null && { failure_time: Math.floor(outageMs / MS_A_SECOND) }),
    timestamp: nowSeconds(),
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / MS_A_SECOND);
}
