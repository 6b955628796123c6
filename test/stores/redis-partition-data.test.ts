import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ID_MAX, ID_MIN } from '../../shared/domain/id-range.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import { openRedisPartitionStore } from '../../shared/stores/partitions/redis/redis-partition-store.ts';
import { RedisServerProcess } from '../support/redis-server.ts';

const run = promisify(execFile);
const CLAIMS = fileURLToPath(new URL('../support/redis-claims.process.ts', import.meta.url));
const CLAIM = {
  ...{ workerId: 'w', limit: 500, leaseMs: 60_000 },
  ...{ isPreempting: false, attemptsMax: 3, isReturning: false },
};
const ALL = { min: ID_MIN, max: ID_MAX };

describe('the data in Redis', () => {
  let server: RedisServerProcess;
  let store: PartitionStore;
  let epoch: number;
  let namespace: string;
  let namespaces = 0;

  beforeAll(async () => {
    server = await RedisServerProcess.start();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    namespaces += 1;
    namespace = `data-${namespaces}`;
    await server.redis.flushall();
    store = await openRedisPartitionStore({ place: place(), namespace, prefix: 'fleet-a' });
    ({ epoch } = await store.campaign({ candidate: 'leader', leaseMs: 60_000 }));
    return () => store.close();
  });

  function place() {
    return { url: `redis://${server.address}` };
  }

  function key(name: string): string {
    return `fleet-a:{${namespace}}:${name}`;
  }

  /** Plans partitions of so many IDs each, from `start` on. */
  async function plan(count: number, { start = 0n, size = 10n } = {}): Promise<void> {
    const { plannedTo } = await store.planState();
    const partitions = Array.from({ length: count }, (_, nth) => {
      const min = start + BigInt(nth) * size;
      return { min, max: min + size - 1n, options: {}, priority: 0 };
    });
    const to = start + BigInt(count) * size - 1n;
    await store.plan({ epoch, after: plannedTo, to, partitions });
  }

  async function complete(isAsked: (id: number) => boolean = () => true): Promise<void> {
    for (;;) {
      const claimed = await store.claim(CLAIM);
      if (claimed.length === 0) return;
      await store.settle(
        claimed
          .filter(({ id }) => isAsked(id))
          .map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
      );
    }
  }

  it('is shared by processes, which are never given the same partition', async () => {
    await plan(3_000);
    const outputs = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        run(process.execPath, [CLAIMS, place().url, 'fleet-a', namespace, name]),
      ),
    );
    const ids = outputs.flatMap(({ stdout }) => JSON.parse(stdout));

    expect(ids).toHaveLength(3_000);
    expect(new Set(ids).size).toBe(3_000);
    expect(await store.counts()).toMatchObject({ pending: 0, claimed: 0, completed: 3_000 });
    expect(await store.completedRanges(ALL)).toEqual([{ min: 0n, max: 29_999n }]);
  });

  it('lies under keys of the deployment, in one slot of a cluster for each namespace', async () => {
    await plan(5);
    const [a, b, c] = await store.claim({ ...CLAIM, limit: 3 });
    if (a === undefined || b === undefined || c === undefined) throw new Error('too few');
    await store.settle([
      { id: a.id, token: a.token, event: 'complete', items: 1 },
      { id: b.id, token: b.token, event: 'fail', error: 'x', nextRunAtMs: 1 },
    ]);
    await store.renew({ workerId: 'w', held: [c], leaseMs: 1_000, presenceMs: 1_000 });
    const retry = { ids: [b.id], isForced: false, limit: 1 };
    await store.submit({ id: 'one', retry });
    await store.execute('one');
    await store.submit({ id: 'two', retry });
    const keys = await server.redis.keys('*');

    expect(keys).toContain('fleet-a:place');
    const others = keys.filter((each) => each !== 'fleet-a:place');
    expect(others.length).toBeGreaterThan(10);
    expect(others.filter((each) => !each.startsWith(`fleet-a:{${namespace}}:`))).toEqual([]);
  });

  it('does not grow with what is completed', async () => {
    await plan(10_000);
    await complete();

    expect(await store.counts()).toMatchObject({ pending: 0, completed: 10_000 });
    expect(await store.isCompleted(10_000)).toBe(true);
    const sizes = await Promise.all((await server.redis.keys('fleet-a:{*')).map(sizeOf));
    expect(Math.max(...sizes)).toBeLessThan(30);
  });

  it('keeps negative numbers in their order, up to both ends', async () => {
    await plan(1, { start: ID_MIN, size: 2n ** 62n });
    await plan(4, { start: -20n });
    await plan(1, { start: ID_MAX - 4n, size: 5n });
    await complete((id) => id !== 3);

    expect(await store.completedRanges(ALL)).toEqual([
      { min: ID_MIN, max: ID_MIN + 2n ** 62n - 1n },
      { min: -20n, max: -11n },
      { min: 0n, max: 19n },
      { min: ID_MAX - 4n, max: ID_MAX },
    ]);
    expect(await store.partition(3)).toMatchObject({ min: -10n, max: -1n });
  });

  it('tells more than one page of rows and ranges', async () => {
    await plan(5_000);
    await complete((id) => id % 2 === 0);

    const ranges = await store.completedRanges(ALL);
    expect(ranges).toHaveLength(2_500);
    expect(ranges[1_234]).toEqual({ min: 24_690n, max: 24_699n });
    const held = await store.partitions({ limit: Number.MAX_SAFE_INTEGER });
    expect(held.map(({ id }) => id)).toEqual(
      Array.from({ length: 2_500 }, (_, nth) => nth * 2 + 1),
    );
    const some = await store.partitions({ limit: 3, afterId: 4_000, workerId: 'w' });
    expect(some.map(({ id }) => id)).toEqual([4_001, 4_003, 4_005]);
    expect(await store.partitions({ limit: 3, statuses: ['pending'] })).toEqual([]);
  });

  it('leaves a range to those that have it, too, when one of them is removed', async () => {
    const of = (id: number, min: bigint, max: bigint) => ({
      ...{ id, min, max, options: {}, priority: 0 },
    });
    await store.create([of(1, 0n, 9n), of(2, 5n, 30n), of(3, 25n, 40n)]);
    await store.claim({ ...CLAIM, limit: 1 }).then(async ([first]) => {
      if (first === undefined) throw new Error('nothing was claimed');
      const { id, token } = first;
      await store.settle([{ id, token, event: 'complete', items: 1 }]);
    });
    await store.remove([2]);
    const gap = (at: bigint) => ({ min: at, max: at, options: {}, priority: 0 });

    for (const at of [0n, 7n, 9n, 25n, 28n, 40n]) {
      expect(await store.fill({ epoch, partitions: [gap(at)] })).toEqual([]);
    }
    expect(await store.fill({ epoch, partitions: [gap(10n), gap(24n)] })).toEqual([4, 5]);
    expect(await store.fill({ epoch, partitions: [gap(24n)] })).toEqual([]);
  });

  it('lets what was removed be made again', async () => {
    await plan(3);
    await store.remove([2]);
    const again = { min: 10n, max: 19n, options: {}, priority: 0 };

    expect(await store.fill({ epoch, partitions: [again] })).toEqual([4]);
    const ids = (await store.partitions({ limit: 10 })).map(({ id }) => id);
    expect(ids).toEqual([1, 3, 4]);
  });

  it('keeps texts of every kind as they are', async () => {
    const texts = ['line\nfeed', '"quoted" \\ {}', 'tab\t\u0000\ud800 \u2028 ünï 💡', ''];
    for (const [nth, text] of texts.entries()) {
      const partition = { min: BigInt(nth), max: BigInt(nth), options: { text }, priority: 0 };
      await store.create([{ id: nth + 1, ...partition }]);
      const workerId = `worker ${text}`;
      const [claimed] = await store.claim({ ...CLAIM, workerId, isReturning: true });
      if (claimed === undefined) throw new Error('nothing was claimed');
      const { id, token } = claimed;
      expect(claimed).toMatchObject({ workerId, options: { text } });
      await store.renew({ workerId, held: [claimed], leaseMs: 60_000, presenceMs: 60_000 });
      expect(await store.workers()).toMatchObject([{ workerId, held: 1 }]);
      await store.settle([
        { id, token, event: 'save', checkpoint: [text, {}, [], 9007199254740993n.toString()] },
        { id, token, event: 'bury', error: text },
      ]);
      const checkpoint = [text, {}, [], '9007199254740993'];
      expect(await store.partition(id)).toMatchObject({ checkpoint, error: text });
      await store.leave(workerId);
    }
  });

  it('puts right what was counted wrong', async () => {
    await plan(4);
    const [first] = await store.claim({ ...CLAIM, limit: 2 });
    if (first === undefined) throw new Error('nothing was claimed');
    await store.settle([{ id: first.id, token: first.token, event: 'start' }]);
    await server.redis.hset(key('state'), 'p', '77', 'r', '-1');
    await server.redis.hset(key('held'), '"w"', '5');

    const are = { pending: 2, claimed: 1, running: 1, completed: 0, failed: 0, dead: 0 };
    expect(await store.recount()).toEqual({ were: { ...are, pending: 77, running: -1 }, are });
    expect(await store.counts()).toEqual(are);
    await store.renew({ workerId: 'w', held: [], leaseMs: 1_000, presenceMs: 60_000 });
    expect(await store.workers()).toMatchObject([{ workerId: 'w', held: 2 }]);
  });

  async function sizeOf(name: string): Promise<number> {
    const type = await server.redis.type(name);
    if (type === 'hash') return server.redis.hlen(name);
    if (type === 'zset') return server.redis.zcard(name);
    throw new Error(`${name} is a ${type}`);
  }
});
