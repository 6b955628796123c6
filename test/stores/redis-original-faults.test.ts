import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ID_MAX } from '../../shared/domain/id-range.ts';
import type {
  ChosenPartition,
  PartitionStore,
} from '../../shared/stores/partitions/partition-store.ts';
import { openRedisPartitionStore } from '../../shared/stores/partitions/redis/redis-partition-store.ts';
import { freePort } from '../support/fleet-process.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { waitFor } from '../support/wait-for.ts';

const CLAIM = {
  ...{ workerId: 'w', limit: 1, leaseMs: 60_000 },
  ...{ isPreempting: false, attemptsMax: 3, isReturning: false },
};
const ALL = { min: 0n, max: ID_MAX };

/** What the original did wrong with Redis (B...), and ours is held not to do. */
describe('Redis', () => {
  let server: RedisServerProcess;
  let namespace: string;
  let namespaces = 0;
  const opened: PartitionStore[] = [];

  beforeAll(async () => {
    server = await RedisServerProcess.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    namespaces += 1;
    namespace = `faults-${namespaces}`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });

  async function open(of = namespace, address = server.address): Promise<PartitionStore> {
    const place = { url: `redis://${address}` };
    const store = await openRedisPartitionStore({ place, namespace: of });
    opened.push(store);
    return store;
  }

  async function lead(store: PartitionStore): Promise<number> {
    return (await store.campaign({ candidate: 'leader', leaseMs: 60_000 })).epoch;
  }

  /** Of ten IDs each, behind what is planned. */
  async function plan(store: PartitionStore, count: number, epoch: number): Promise<void> {
    const { plannedTo } = await store.planState();
    const start = plannedTo === null ? 0n : plannedTo + 1n;
    const partitions = Array.from({ length: count }, (_, nth) => {
      const min = start + BigInt(nth) * 10n;
      return { min, max: min + 9n, options: {}, priority: 0 };
    });
    await store.plan({ epoch, after: plannedTo, to: start + BigInt(count) * 10n - 1n, partitions });
  }

  async function complete(store: PartitionStore): Promise<void> {
    for (;;) {
      const claimed = await store.claim({ ...CLAIM, limit: 500 });
      if (claimed.length === 0) return;
      await store.settle(
        claimed.map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
      );
    }
  }

  /** What the server does meanwhile: its calls by their names, also those of scripts, and bytes sent. */
  async function costOf(doing: () => Promise<unknown>) {
    await server.redis.config('RESETSTAT');
    await doing();
    const stats = await server.redis.info('all');
    const calls = new Map<string, number>();
    for (const [, name = '', count] of stats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
      if (!/^(info|config)/.test(name)) calls.set(name, Number(count));
    }
    const bytes = Number(/total_net_output_bytes:(\d+)/.exec(stats)?.[1]);
    return { calls, total: [...calls.values()].reduce((sum, each) => sum + each, 0), bytes };
  }

  const chosen = (id: number, min: bigint): ChosenPartition => ({
    ...{ id, min, max: min + 9n, options: {}, priority: 0 },
  });

  it('does not make anew what somebody has claimed meanwhile (B16)', async () => {
    const [first, second] = [await open(), await open()];
    const wanted = Array.from({ length: 50 }, (_, nth) => chosen(nth + 1, BigInt(nth) * 10n));
    await first.create(wanted);
    const claimed = await first.claim({ ...CLAIM, limit: 20 });
    await Promise.all([first.create(wanted), second.create(wanted)]);

    expect(await second.counts()).toMatchObject({ pending: 30, claimed: 20 });
    expect(await second.partition(1)).toMatchObject({
      status: 'claimed',
      token: claimed[0]?.token,
    });
  });

  it('lets one of two plans for the same IDs through, and nothing of an earlier leader (B16)', async () => {
    const [first, second] = [await open(), await open()];
    const epoch = await lead(first);
    const both = await Promise.allSettled([plan(first, 30, epoch), plan(second, 30, epoch)]);
    await first.resign({ candidate: 'leader', epoch });
    const next = await lead(second);

    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(plan(first, 30, epoch)).rejects.toMatchObject({ details: { code: 'fenced' } });
    expect(await second.counts()).toMatchObject({ pending: 30 });
    await plan(second, 1, next);
    expect(await second.partition(31)).toMatchObject({ min: 300n });
  });

  it('makes all of a batch or none (B17)', async () => {
    const store = await open();
    await store.create([chosen(700, 5_000n)]);
    const wanted = Array.from({ length: 900 }, (_, nth) => chosen(nth + 1, BigInt(nth) * 10n));

    await expect(store.create(wanted)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await store.counts()).toMatchObject({ pending: 1 });
    expect(await store.partitions({ limit: 10 })).toHaveLength(1);
  });

  it('asks for no list of keys, and keeps applications apart on one server (B20)', async () => {
    const [ours, theirs] = [await open('app-1'), await open('app-2')];
    const cost = await costOf(async () => {
      const epoch = await lead(ours);
      await plan(ours, 5, epoch);
      await ours.renew({ workerId: 'w', held: [], leaseMs: 1_000, presenceMs: 60_000 });
      await ours.workers();
      await ours.tend({ epoch, nowMs: 0, attemptsMax: 3, limit: 10 });
      await complete(ours);
    });

    expect([...cost.calls.keys()].filter((name) => /^(keys|scan)$/.test(name))).toEqual([]);
    expect(await theirs.counts()).toMatchObject({ pending: 0, completed: 0 });
    expect(await theirs.workers()).toEqual([]);
    expect(await theirs.leadership()).toMatchObject({ leader: '' });
  });

  it('is one cluster for all that say nothing but its address (B20)', async () => {
    const [first, second] = [await open(), await open()];
    await plan(first, 3, await lead(first));

    expect(await second.claim(CLAIM)).toMatchObject([{ id: 1 }]);
    expect(second.identity).toEqual(first.identity);
  });

  it('takes as much for a claim among many as among few (B22)', async () => {
    const store = await open();
    const epoch = await lead(store);
    await plan(store, 10, epoch);
    await store.claim(CLAIM);
    const few = await costOf(() => store.claim(CLAIM));
    await plan(store, 9_000, epoch);
    const many = await costOf(() => store.claim(CLAIM));

    expect(many.total).toBe(few.total);
    expect(many.bytes).toBeLessThan(few.bytes + 100);
    // By its name: the text of the script is not sent again.
    expect(many.calls.get('evalsha')).toBe(1);
    expect(many.calls.has('eval')).toBe(false);
  });

  it('plans more at once than a script may pass to a call (B22)', async () => {
    const store = await open();
    await plan(store, 9_000, await lead(store));

    expect(await store.counts()).toMatchObject({ pending: 9_000 });
    expect(await store.partition(9_000)).toMatchObject({ min: 89_990n, max: 89_999n });
  });

  it('works on a server of a cluster (B23)', async () => {
    const port = String(await freePort());
    const member = await RedisServerProcess.start([
      ...['--cluster-enabled', 'yes', '--cluster-port', port],
    ]);
    await member.redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor('the cluster', async () =>
      String(await member.redis.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    const store = await open(namespace, member.address);
    const epoch = await lead(store);
    await plan(store, 5, epoch);
    const [first, second] = await store.claim({ ...CLAIM, limit: 2 });
    await store.settle([
      { id: first?.id ?? 0, token: first?.token ?? 0, event: 'complete', items: 1 },
      { id: second?.id ?? 0, token: second?.token ?? 0, event: 'bury', error: 'x' },
    ]);
    await store.tend({ epoch, nowMs: 0, attemptsMax: 3, limit: 10 });
    await store.submit({ id: 'c', retry: { ids: null, isForced: true, limit: 10 } });

    expect(await store.execute('c')).toMatchObject({ done: { retried: { retried: [2] } } });
    expect(await store.recount()).toMatchObject({ are: { pending: 4, completed: 1 } });
    await store.close();
    await member.stop();
  });

  it('looks for one that it does not know no longer among many completed than among none (B24)', async () => {
    const store = await open();
    const look = async () => {
      expect(await store.partition(77_777)).toBeNull();
      expect(await store.isCompleted(77_777)).toBe(false);
    };
    const epoch = await lead(store);
    await plan(store, 1, epoch);
    // The server knows the scripts from then on.
    await look();
    const none = await costOf(look);
    await plan(store, 5_000, epoch);
    await complete(store);
    const many = await costOf(look);

    expect(many.total).toBe(none.total);
    expect(many.bytes).toBeLessThan(none.bytes + 100);
  });

  it('counts anew what was lost, and plans on behind what there is (B25)', async () => {
    const store = await open();
    const epoch = await lead(store);
    await plan(store, 6, epoch);
    await store.claim({ ...CLAIM, limit: 2 });
    const state = `logkit-fleet:{${namespace}}:state`;
    await server.redis.hdel(state, 'p', 'c');

    expect(await store.recount()).toMatchObject({ are: { pending: 4, claimed: 2 } });
    await plan(store, 1, epoch);
    expect(await store.partition(7)).toMatchObject({ min: 60n, max: 69n });
  });

  it('begins nothing anew where its data are gone (B25)', async () => {
    const store = await open();
    const epoch = await lead(store);
    await plan(store, 6, epoch);
    await server.redis.del(`logkit-fleet:{${namespace}}:state`);

    await expect(plan(store, 6, epoch)).rejects.toMatchObject({ details: { code: 'store_lost' } });
  });

  it('keeps IDs up to the last of 64 bits, each as it is (B30)', async () => {
    const store = await open();
    const epoch = await lead(store);
    const start = ID_MAX - 29n;
    const partitions = [0n, 10n, 20n].map((at) => ({
      ...{ min: start + at, max: start + at + 9n, options: {}, priority: 0 },
    }));
    await store.plan({ epoch, after: null, to: ID_MAX, partitions });
    const claimed = await store.claim({ ...CLAIM, limit: 3 });

    expect(claimed.map(({ min, max }) => [min, max])).toEqual(
      partitions.map(({ min, max }) => [min, max]),
    );
    expect((await store.planState()).plannedTo).toBe(ID_MAX);
    await store.settle(
      claimed.map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
    );
    expect(await store.completedRanges(ALL)).toEqual([{ min: start, max: ID_MAX }]);
  });

  it('passes nothing over, however many claim at once (B31)', async () => {
    const store = await open();
    await plan(store, 300, await lead(store));
    const stores = [store, await open(), await open(), await open()];
    const taken = await Promise.all(
      stores.map(async (each, nth) => {
        const ids: number[] = [];
        for (;;) {
          const [partition] = await each.claim({ ...CLAIM, workerId: `w${nth}` });
          if (partition === undefined) return ids;
          ids.push(partition.id);
        }
      }),
    );

    // Each was given the lowest that there was, so that none waits behind later ones.
    for (const ids of taken) expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(taken.flat().toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 300 }, (_, nth) => nth + 1),
    );
  });

  it('carries a command out once, whoever leads, and keeps what came of it (B32)', async () => {
    const [first, second] = [await open(), await open()];
    await plan(first, 3, await lead(first));
    const [claimed] = await first.claim(CLAIM);
    const { id, token } = claimed ?? { id: 0, token: 0 };
    await first.settle([{ id, token, event: 'bury', error: 'x' }]);
    await first.submit({ id: 'c', retry: { ids: null, isForced: false, limit: 10 } });
    const done = await Promise.all([first.execute('c'), second.execute('c'), first.execute('c')]);

    expect(new Set(done.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(done[0]).toMatchObject({ done: { retried: { retried: [id], skipped: [] } } });
    expect(await second.pendingCommands(10)).toEqual([]);
    expect(await second.command('c')).toEqual(done[0]);
  });

  it('keeps a command that nobody has carried out, also when the server is started anew (B32)', async () => {
    const durable = await RedisServerProcess.startDurable();
    const store = await open(namespace, durable.address);
    await plan(store, 1, await lead(store));
    await store.cancel([1], 'x');
    await store.submit({ id: 'c', retry: { ids: null, isForced: false, limit: 10 } });
    await durable.restart();
    await waitFor('the connection', () => store.counts().then(() => true));

    expect(await store.pendingCommands(10)).toMatchObject([{ id: 'c', done: null }]);
    expect(await store.execute('c')).toMatchObject({ done: { retried: { retried: [1] } } });
    await store.close();
    await durable.stop();
  });
});
