import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqlitePartitionStore } from '../../shared/stores/partitions/sqlite/sqlite-partition-store.ts';
import { describePartitionStore } from './describe-partition-store.ts';

describePartitionStore('in SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'partitions-'));
  return {
    open: (namespace) => openSqlitePartitionStore({ path: join(dir, 'p.db'), namespace }),
    pass: (ms) => delay(ms),
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
});
