import { hostname } from 'node:os';
import {
  AppError,
  Coordinator,
  CoordinatorMetrics,
  type CoordinatorServer,
  Metrics,
  openPartitionStore,
  type PartitionStore,
  serveCoordinator,
} from '../../shared/coordinator/library.ts';
import { runExample, say } from '../run-example.ts';
import { planner, processor } from './demo-work.ts';
import { exampleRoutes } from './example-routes.ts';

/** A coordinator with its HTTP API, on Redis. Start several, with a HTTP_PORT each: they share the work. */
const {
  REDIS_ADDR: redisAddr = 'localhost:6379',
  HTTP_PORT: httpPort = '8080',
  METRICS_PORT: metricsPort = httpPort,
  API_TOKEN: token = '',
  NAMESPACE: namespace = 'http-api-example',
} = process.env;
const VERSION = '1.0.0';

await runExample(main);

async function main(stopAsked: Promise<void>): Promise<void> {
  const workerId = `${hostname()}-${httpPort}`;
  const metrics = new Metrics();
  const figures = new CoordinatorMetrics({ metrics, workerId, version: VERSION });
  const store = figures.measured(await openStore());
  const coordinator = new Coordinator({
    ...{ workerId, store, planner, processor, events: figures.events },
    options: {
      allocation_interval_ms: 5_000,
      partition_lock_expiry_ms: 30_000,
      leader_lock_expiry_ms: 10_000,
      heartbeat_interval_ms: 5_000,
      // So that what fails stays failed until somebody calls the API.
      attempts_max: 1,
    },
  });
  figures.watch(coordinator);
  try {
    const server = await serve({ coordinator, store, metrics });
    coordinator.start();
    say(`worker ${workerId} on Redis at ${redisAddr}, namespace ${namespace}`);
    say(`API:     http://localhost:${server.httpPort}`);
    say(`metrics: http://localhost:${server.metricsPort}/metrics`);
    await stopAsked;
    say('stopping');
    await server.close();
    await coordinator.stop();
  } finally {
    await store.close();
  }
}

async function openStore(): Promise<PartitionStore> {
  const url = redisAddr.includes('://') ? redisAddr : `redis://${redisAddr}/0`;
  try {
    return await openPartitionStore({ type: 'redis', url }, namespace);
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.kind !== 'unavailable') throw cause;
    const advice = 'start it, or set REDIS_ADDR to where it is';
    const message = `Redis is not reachable at ${redisAddr}: ${advice} (${cause.message})`;
    throw new AppError('unavailable', message, { cause });
  }
}

interface Served {
  readonly coordinator: Coordinator;
  readonly store: PartitionStore;
  readonly metrics: Metrics;
}

async function serve({ coordinator, store, metrics }: Served): Promise<CoordinatorServer> {
  try {
    return await serveCoordinator({
      ...{ coordinator, store, planner, metrics, token },
      ...{ httpAddr: `:${httpPort}`, metricsAddr: `:${metricsPort}` },
      routes: exampleRoutes({ coordinator, version: VERSION }),
    });
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.kind !== 'conflict') throw cause;
    const message = `${cause.message} (here: HTTP_PORT or METRICS_PORT)`;
    throw new AppError('conflict', message, { cause });
  }
}
