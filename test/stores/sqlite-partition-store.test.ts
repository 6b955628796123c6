import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
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

describe('partition stores on one SQLite file', () => {
  it('see at once what the others have changed', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'partitions-'));
    const open = () => openSqlitePartitionStore({ path: join(dir, 'p.db'), namespace: 'shared' });
    const [one, other] = [await open(), await open()];
    const range = { min: 1n, max: 9n, options: {}, priority: 0 };
    await one.create([
      { ...range, id: 1 },
      { ...range, id: 2 },
    ]);
    const claimed = await one.claim({
      ...{ workerId: 'a', limit: 2, leaseMs: 60_000, attemptsMax: 3 },
      ...{ isPreempting: false, isReturning: false },
    });
    expect(claimed).toHaveLength(2);

    await other.cancel([1], 'for a reason');
    const completions = claimed.map(
      ({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const,
    );
    expect(await one.settle(completions)).toEqual(['fenced', 'done']);
    expect(await other.partition(1)).toMatchObject({ status: 'dead', error: 'for a reason' });
    expect(await other.counts()).toMatchObject({ claimed: 0, completed: 1, dead: 1 });
    expect(await one.counts()).toEqual(await other.counts());

    await Promise.all([one.close(), other.close()]);
    await rm(dir, { recursive: true });
  });
});
