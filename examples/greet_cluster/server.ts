import { argv } from 'node:process';
import { renewService } from '../../shared/registry/library.ts';
import { listenTcp, RpcServer } from '../../shared/rpc/library.ts';
import { runExample, say } from '../run-example.ts';
import { FaultInjector } from './fault-injector.ts';
import { Flags } from './flags.ts';
import { goDuration } from './go-duration.ts';
import { GreetServer } from './greet-server.ts';
import { serveHealth } from './health-http.ts';
import { greetService, HOST, HOST_NAME, SERVICE } from './hello.ts';
import { openClusterRegistry, RENEW_MS } from './registry.ts';

const HEALTH_PORT_OFFSET = 10_000;
const DRAIN_MS = 5_000;
const WATCH_MS = 50;
const NAMES = ['port', 'id', 'fail-after', 'fail-duration', 'fail-rate', 'zone', 'seed', 'etcd'];

/** One server of the cluster: it registers, serves, fails as its flags say, and drains when it is stopped. */
await runExample(async (stopAsked) => {
  const flags = new Flags(argv.slice(2), NAMES);
  const [port, id] = [flags.number('port', 8_001), flags.text('id', 'server-A')];
  const faults = {
    failAfter: flags.number('fail-after', 0),
    failDurationMs: flags.durationMs('fail-duration'),
    failRate: flags.number('fail-rate', 0),
    seed: flags.number('seed', port),
  };
  say(`Starting RPC server ${id} at ${HOST_NAME}:${port}`);
  const greet = new GreetServer(id, new FaultInjector(faults));
  const server = new RpcServer();
  server.register(greetService(), greet.methods);
  const listener = await listenTcp(server.dispatch, { host: HOST, port });
  const healthPort = port + HEALTH_PORT_OFFSET;
  const health = await serveHealth({ greet, port, ...faults }, healthPort);
  say(`Health detector for ${id} started on port ${healthPort}`);
  const watching = setInterval(() => server.setServing(SERVICE, !greet.isDown()), WATCH_MS);

  const registry = await openClusterRegistry(flags.text('etcd', ''));
  const zone = flags.text('zone', '');
  const address = `${HOST}:${port}`;
  await registry.register({ id, name: SERVICE, address, ...(zone !== '' && { zone }) });
  const stopRenewing = renewService(registry, id, RENEW_MS);
  const { failRate, failAfter, failDurationMs } = faults;
  say(
    `Server ${id} started at ${HOST_NAME}:${port} with failure config: rate=${failRate.toFixed(2)}, after=${failAfter}, duration=${goDuration(failDurationMs)}`,
  );
  say(`Server started. Health check endpoint: http://${HOST_NAME}:${healthPort}/health`);

  await stopAsked;
  say('Shutting down...');
  await stopRenewing({ unregister: true });
  await registry.close();
  clearInterval(watching);
  await Promise.all([server.drain(DRAIN_MS), listener.drain(DRAIN_MS)]);
  health.closeAllConnections();
  health.close();
  say('Server stopped');
});
