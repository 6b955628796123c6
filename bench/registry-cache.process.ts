import { z } from 'zod';
import { openRegistry, ServiceCache } from '../shared/registry/library.ts';
import { answerQuestions } from './support/helper-side.ts';

/** A process that asks its cache of services again and again, and a Map beside it. */

const Question = z.object({ services: z.int(), instances: z.int(), calls: z.int() });

answerQuestions(Question, async ({ services, instances, calls }) => {
  const names = Array.from({ length: services }, (_, nth) => `service-${nth}`);
  const registry = await openRegistry({ store: { type: 'memory' } });
  const cache = await ServiceCache.open({ registry });
  try {
    const addresses = Array.from({ length: instances }, (_, nth) => `127.0.0.1:${nth + 1}`);
    await Promise.all(
      names.flatMap((name) => addresses.map((address) => registry.register({ name, address }))),
    );
    await Promise.all(names.map((name) => cache.follow(name)));
    const map = new Map(names.map((name) => [name, addresses]));
    const wanted = calls * instances;
    return {
      cache_per_s: perSecond(names, calls, wanted, (name) => cache.discover(name).length),
      map_per_s: perSecond(names, calls, wanted, (name) => map.get(name)?.length ?? 0),
    };
  } finally {
    await cache.close();
    await registry.close();
  }
});

/** @throws Error unless every call found what it should. */
function perSecond(
  names: readonly string[],
  calls: number,
  wanted: number,
  find: (name: string) => number,
): number {
  const startMs = performance.now();
  let found = 0;
  for (let call = 0; call < calls; call += 1) found += find(names[call % names.length] ?? '');
  const seconds = (performance.now() - startMs) / 1_000;
  if (found !== wanted) throw new Error(`${found} instances were found, not ${wanted}`);
  return calls / seconds;
}
