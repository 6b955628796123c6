import {
  openPartitionStore,
  PartitionStrategy,
} from '../../shared/stores/partitions/open-partition-store.ts';

/** Works off all that is pending, and writes the IDs of what it was given. */
const [url = '', prefix = '', namespace = '', workerId = '', ...more] = process.argv.slice(2);
const strategy = PartitionStrategy.default('hash').parse(more[0]);
const store = await openPartitionStore({ type: 'redis', url, prefix }, namespace, { strategy });
const ids: number[] = [];
for (;;) {
  const claimed = await store.claim({
    ...{ workerId, limit: 7, leaseMs: 60_000 },
    ...{ isPreempting: true, attemptsMax: 3, isReturning: false },
  });
  if (claimed.length === 0) break;
  ids.push(...claimed.map(({ id }) => id));
  const done = claimed.map(
    ({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const,
  );
  await store.settle(done);
}
await store.close();
process.stdout.write(JSON.stringify(ids));
