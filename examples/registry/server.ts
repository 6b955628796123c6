import { createServer } from 'node:http';
import { connectRegistry, renewService } from '../../shared/registry/library.ts';
import { runExample, say } from '../run-example.ts';
import { credentials, registryUrls, SERVICE } from './settings.ts';

const RENEW_MS = 5_000;

/** A service of its own: it registers where it is, renews, and leaves when it is stopped. */
await runExample(async (stopAsked) => {
  const server = createServer((_request, response) => response.end(`hello from ${port}\n`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const registry = connectRegistry({ urls: registryUrls(), ...credentials() });
  const { id } = await registry.register({ name: SERVICE, address: `127.0.0.1:${port}` });
  const stopRenewing = renewService(registry, id, RENEW_MS);
  say(`registered as ${id}; Ctrl-C unregisters and ends it`);

  await stopAsked;
  await stopRenewing({ unregister: true });
  await registry.close();
  server.close();
});
