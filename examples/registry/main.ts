import { setTimeout as delay } from 'node:timers/promises';
import { connectRegistry, ServiceCache } from '../../shared/registry/library.ts';
import { runExample, say } from '../run-example.ts';
import { credentials, registryUrls, SERVICE } from './settings.ts';

const CALL_EACH_MS = 1_000;

/** Calls an instance of the service once a second, whichever there are then. */
await runExample(async (stopAsked) => {
  const registry = connectRegistry({ urls: registryUrls(), ...credentials() });
  const cache = await ServiceCache.open({ registry });
  await cache.follow(SERVICE);

  const stop = stopAsked.then(() => 'stop' as const);
  do {
    const instance = cache.pick(SERVICE);
    say(instance === null ? 'there is none now' : await answerOf(instance.address));
  } while ((await Promise.race([stop, delay(CALL_EACH_MS)])) !== 'stop');
  await cache.close();
  await registry.close();
});

async function answerOf(address: string): Promise<string> {
  try {
    const response = await fetch(`http://${address}/`);
    return (await response.text()).trim();
  } catch {
    return `${address} does not answer`;
  }
}
