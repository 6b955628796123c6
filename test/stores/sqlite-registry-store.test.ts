import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteRegistryStore } from '../../shared/stores/registry/sqlite/sqlite-registry-store.ts';
import { describeRegistryStore } from './describe-registry-store.ts';

describeRegistryStore('in SQLite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'registry-'));
  const path = join(dir, 'r.db');
  return {
    open: (prefix) => openSqliteRegistryStore({ path, prefix, graceMs: 30_000 }),
    pass: (ms) => delay(ms),
    ...{ shortMs: 150, isOverdueOrdered: true },
    [Symbol.asyncDispose]: () => rm(dir, { recursive: true }),
  };
});
