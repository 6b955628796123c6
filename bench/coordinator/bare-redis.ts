import { Redis } from 'ioredis';
import type { BenchContext } from '../support/bench-case.ts';
import { Helper } from '../support/helper.ts';
import type { Contender } from './contender.ts';

/** So many are claimed in one call, and completed in one. */
const BATCH = 100;
const LAID_AT_ONCE = 1_000;

interface BareRedisAsked {
  readonly name: string;
  readonly port: number;
  readonly lives: number;
  readonly processes: number;
}

/** Scripts that do what a claim with a lease and a token cannot do without, and nothing else. */
export function bareRedis(
  { name, port, lives, processes: count }: BareRedisAsked,
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Contender {
  const processes = Array.from({ length: count }, () =>
    cleanup.use(new Helper('bare-redis.process.ts', context)),
  );
  return {
    ...{ name, processes, lives },
    lay: async (key) => {
      const redis = new Redis(port, '127.0.0.1');
      for (let at = 0; at < lives; at += LAID_AT_ONCE) {
        const length = Math.min(LAID_AT_ONCE, lives - at);
        const scored = Array.from({ length }, (_, nth) => [at + nth, at + nth]).flat();
        await redis.zadd(`${key}:ready`, ...scored);
      }
      await redis.quit();
      return processes.map(() => ({ port, key, batch: BATCH }));
    },
  };
}
