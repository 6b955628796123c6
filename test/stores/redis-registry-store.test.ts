import { setTimeout as delay } from 'node:timers/promises';
import { openRedisRegistryStore } from '../../shared/stores/registry/redis/redis-registry-store.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { describeRegistryStore } from './describe-registry-store.ts';

describeRegistryStore('in Redis', async () => {
  const server = await RedisServerProcess.start();
  const place = { url: `redis://${server.address}` };
  return {
    open: (prefix) => openRedisRegistryStore({ place, prefix, graceMs: 30_000 }),
    pass: (ms) => delay(ms),
    ...{ shortMs: 150, isOverdueOrdered: true },
    [Symbol.asyncDispose]: () => server.stop(),
  };
});
