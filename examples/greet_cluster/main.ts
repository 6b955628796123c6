import { argv, env } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { RpcClient, type RpcEvent, registryDiscovery } from '../../shared/rpc/library.ts';
import { runExample, say } from '../run-example.ts';
import { clientConfig } from './client-config.ts';
import { Demonstrations } from './demonstrations.ts';
import { Flags } from './flags.ts';
import { greetService, SERVICE } from './hello.ts';
import { openClusterRegistry } from './registry.ts';
import { showMetrics } from './show-metrics.ts';

const HEALTH_LOG_MS = 2_000;
const SERVERS = 3;
const WAIT_MS = 30_000;
const LOOK_MS = 50;

/** Calls the cluster while its servers fail, and tells what became of the calls. */
await runExample(async (stopAsked) => {
  const flags = new Flags(argv.slice(2), ['etcd']);
  const pace = Number(env['GREET_PACE'] ?? '1');
  const registry = await openClusterRegistry(flags.text('etcd', ''));
  const client = await RpcClient.open({
    service: greetService(),
    discovery: registryDiscovery({ registry, service: SERVICE }),
    config: clientConfig(pace),
    onEvent: tell,
  });
  const stopping = new AbortController();
  void stopAsked.then(() => stopping.abort());
  try {
    await run(client, pace, stopping.signal);
  } catch (thrown) {
    if (!stopping.signal.aborted) throw thrown;
  }
  await client.close();
  await registry.close();
});

/** Throws when it is to stop. */
async function run(client: RpcClient, pace: number, signal: AbortSignal): Promise<void> {
  await serversThere(client, signal);
  say('=== Failover Demonstration Begins ===');
  say('* Multiple server instances will simulate different failure scenarios:');
  say('  - Server A (Port 8001): Fails after processing 100 requests for 10s');
  say('  - Server B (Port 8002): 10% chance of random failure');
  say('  - Server C (Port 8003): Runs normally');
  const logging = setInterval(() => logHealth(client), HEALTH_LOG_MS * pace);
  try {
    const shown = new Demonstrations(client, pace, signal);
    await shown.basicCalls();
    await shown.failover();
    await shown.circuitBreaker();
    await shown.concurrentCalls();
  } finally {
    clearInterval(logging);
  }
  const summary = client.summary();
  if (summary !== null) showMetrics(summary);
  say('\nDemonstration completed');
}

/** Whoever starts first need not wait by hand. */
async function serversThere(client: RpcClient, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (client.instances().length < SERVERS && performance.now() < endMs) {
    await delay(LOOK_MS, undefined, { signal });
  }
}

function logHealth(client: RpcClient): void {
  const all = client.instances();
  const well = all.filter(({ share, breaker }) => share > 0 && breaker !== 'open').length;
  say(`Server health status: ${well} healthy, ${all.length - well} unhealthy`);
}

function tell(event: RpcEvent): void {
  if (event.kind !== 'failover') return;
  say(`Successful failover from ${event.from} to ${event.to} after ${event.retries} retries`);
}
