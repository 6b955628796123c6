import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemRandom } from '../../shared/kernel/random.ts';
import { MemoryDocument } from '../../shared/stores/documents/memory-document.ts';
import { openPartitionStore } from '../../shared/stores/partitions/open-partition-store.ts';
import { simplePartitionStore } from '../../shared/stores/partitions/simple/simple-partition-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { describePartitionStore } from './describe-partition-store.ts';

describePartitionStore('of the strategy simple in memory', async () => {
  const clock = new FakeClock();
  return {
    open: async (namespace) =>
      simplePartitionStore({
        ...{ document: new MemoryDocument(clock), namespace, clock, random: systemRandom },
      }),
    pass: async (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

describePartitionStore('of the strategy simple in SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'partitions-'));
  const place = { type: 'sqlite', path: join(dir, 'p.db') } as const;
  return {
    open: (namespace) => openPartitionStore(place, namespace, { strategy: 'simple' }),
    pass: (ms) => delay(ms),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
});

describePartitionStore('of the strategy simple in Redis', async () => {
  const server = await RedisServerProcess.start();
  const place = { type: 'redis', url: `redis://${server.address}` } as const;
  return {
    open: (namespace) => openPartitionStore(place, namespace, { strategy: 'simple' }),
    pass: (ms) => delay(ms),
    [Symbol.asyncDispose]: () => server.stop(),
  };
});
