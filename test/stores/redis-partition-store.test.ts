import { setTimeout as delay } from 'node:timers/promises';
import { openRedisPartitionStore } from '../../shared/stores/partitions/redis/redis-partition-store.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { describePartitionStore } from './describe-partition-store.ts';

describePartitionStore('in Redis', async () => {
  const server = await RedisServerProcess.start();
  const place = { url: `redis://${server.address}` };
  return {
    open: (namespace) => openRedisPartitionStore({ place, namespace }),
    pass: (ms) => delay(ms),
    [Symbol.asyncDispose]: () => server.stop(),
  };
});
