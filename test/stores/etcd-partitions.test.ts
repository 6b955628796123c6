import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ID_MAX } from '../../shared/domain/id-range.ts';
import { openEtcdPartitionStore } from '../../shared/stores/partitions/etcd/etcd-partition-store.ts';
import type { EtcdPartitionOptions } from '../../shared/stores/partitions/etcd/open-etcd-namespace.ts';
import type {
  ClaimRequest,
  PartitionStore,
} from '../../shared/stores/partitions/partition-store.ts';
import { hasStoreCode } from '../../shared/stores/partitions/store-errors.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { freePort } from '../support/fleet-process.ts';
import { waitFor } from '../support/wait-for.ts';

const LEASE_MS = 60_000;
const CLAIM: Omit<ClaimRequest, 'workerId'> = {
  limit: 20,
  leaseMs: LEASE_MS,
  isPreempting: false,
  attemptsMax: 3,
  isReturning: false,
};

describe('partitions in etcd', () => {
  let etcd: EtcdServer;
  let opened: PartitionStore[] = [];
  let store: PartitionStore;
  let namespaces = 0;

  beforeAll(async () => {
    etcd = await EtcdServer.start();
  });
  afterAll(() => etcd.stop());
  beforeEach(async () => {
    namespaces += 1;
    store = await open();
  });
  afterEach(async () => {
    for (const each of opened) await each.close();
    opened = [];
  });

  /** Each opens the same namespace within a test. */
  async function open(options: Partial<EtcdPartitionOptions> = {}): Promise<PartitionStore> {
    const namespace = `test-${namespaces}`;
    const one = await openEtcdPartitionStore({ hosts: [etcd.host], namespace, ...options });
    opened.push(one);
    return one;
  }

  /** Makes as many of one ID each, from the first one on. */
  async function make(count: number, first = 1): Promise<void> {
    const partitions = Array.from({ length: count }, (_, nth) => {
      const id = first + nth;
      return { id, min: BigInt(id), max: BigInt(id), options: {}, priority: 0 };
    });
    await store.create(partitions);
  }

  /** Completes what it can get, so many at a time; gives the IDs. */
  async function workOff(one: PartitionStore, workerId: string, limit = 20): Promise<number[]> {
    const done: number[] = [];
    for (;;) {
      const claimed = await one.claim({ ...CLAIM, workerId, limit });
      if (claimed.length === 0) return done;
      const verdicts = await one.settle(
        claimed.map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
      );
      expect(new Set(verdicts)).toEqual(new Set(['done']));
      done.push(...claimed.map(({ id }) => id));
    }
  }

  const ownKeys = async () =>
    (await etcd.keys()).filter((key) =>
      key.startsWith(`logkit-fleet/partitions/test-${namespaces}/`),
    );

  it('are claimed once each by many clients that race for them', async () => {
    await make(400);
    const clients = [store, ...(await Promise.all([open(), open(), open(), open()]))];
    const shares = await Promise.all(clients.map((one, nth) => workOff(one, `w${nth}`, 7)));
    const ids = shares.flat();

    expect(ids).toHaveLength(400);
    expect(new Set(ids).size).toBe(400);
    const counts = await store.counts();
    expect(counts).toEqual({
      ...{ pending: 0, claimed: 0, running: 0, completed: 400, failed: 0, dead: 0 },
    });
    expect(await store.recount()).toEqual({ were: counts, are: counts });
    expect(await store.completedRanges({ min: 0n, max: ID_MAX })).toEqual([{ min: 1n, max: 400n }]);
  });

  it('are claimed by what was read before only as long as that is so', async () => {
    await make(300);
    const other = await open();
    const first = async (limit = 10) => {
      const claimed = await store.claim({ ...CLAIM, workerId: 'w', limit });
      await store.settle(
        claimed.map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
      );
      return claimed[0]?.id ?? null;
    };
    expect([await first(), await first(), await first()]).toEqual([1, 11, 21]);

    await other.create([{ id: 999, min: 999n, max: 999n, options: {}, priority: 5 }]);
    expect([await first(), await first(), await first()]).toEqual([999, 40, 50]);

    await other.setPaused(true);
    expect(await first()).toBe(null);
    await other.setPaused(false);
    expect([await first(), await first()]).toEqual([60, 70]);

    const next = Array.from({ length: 25 }, (_, nth) => 80 + nth);
    expect(await other.cancel(next, 'no')).toEqual(next);
    const rest: (number | null)[] = [];
    for (let id = await first(50); id !== null; id = await first(50)) rest.push(id);
    expect(rest).not.toContain(80);
    expect(await store.counts()).toMatchObject({
      pending: 0,
      claimed: 0,
      completed: 276,
      dead: 25,
    });
  });

  it('are all claimed where clients have met, and some were left behind', async () => {
    for (const first of [1, 1_001, 2_001]) await make(1_000, first);
    const clients = [store, await open(), await open()];
    const shares = await Promise.all(clients.map((one, nth) => workOff(one, `w${nth}`, 10)));
    expect(new Set(shares.flat()).size).toBe(3_000);
    expect(shares.flat()).toHaveLength(3_000);
  });

  it('may be more than one transaction takes', async () => {
    await make(450);
    const claimed = await store.claim({ ...CLAIM, workerId: 'w', limit: 250 });
    expect(claimed).toHaveLength(250);
    expect(new Set(claimed.map(({ token }) => token)).size).toBe(250);
    const ids = claimed.map(({ id }) => id);
    const verdicts = await store.settle(
      claimed.map(({ id, token }) => ({ id, token, event: 'bury', error: 'x' }) as const),
    );
    expect(verdicts).toEqual(ids.map(() => 'done'));

    await store.submit({ id: 'c', retry: { ids: [...ids, 999], isForced: false, limit: 240 } });
    const { done } = (await store.execute('c')) ?? {};
    expect(done?.retried).toEqual({ retried: ids.slice(0, 240), skipped: ids.slice(240) });
    expect(await store.command('c')).toMatchObject({ done });
    const all = { ids: null, isForced: false, limit: 240 };
    expect(await store.retry(all)).toEqual({ retried: ids.slice(240), skipped: [] });

    const others = Array.from({ length: 450 }, (_, nth) => nth + 1);
    expect(await store.cancel(others, 'no')).toEqual(others);
    expect(await store.counts()).toMatchObject({ pending: 0, dead: 450 });
    expect(await store.remove(others)).toEqual(others);
    expect(await store.partitions({ limit: 10 })).toEqual([]);
  });

  it('leave no keys behind when they are completed', async () => {
    await make(200);
    await workOff(store, 'w');
    const before = await ownKeys();
    await make(600, 201);
    await workOff(store, 'w');

    expect((await ownKeys()).length).toBeLessThanOrEqual(before.length);
    expect(await store.isCompleted(800)).toBe(true);
  });

  it('that are completed in no order become few keys in the end', async () => {
    await make(300);
    const claimed = await store.claim({ ...CLAIM, workerId: 'w', limit: 300 });
    const [odd, even] = [1, 0].map((rest) => claimed.filter(({ id }) => id % 2 === rest));
    for (const half of [odd, even]) {
      await store.settle(
        (half ?? []).map(({ id, token }) => ({ id, token, event: 'complete', items: 1 }) as const),
      );
    }
    await store.close();

    store = await open();
    expect(await store.completedRanges({ min: 0n, max: ID_MAX })).toEqual([{ min: 1n, max: 300n }]);
    expect(await store.counts()).toMatchObject({ completed: 300 });
    expect((await ownKeys()).filter((key) => /\/(done-|ledgers)/.test(key))).toHaveLength(3);
  });

  it('free the gap of one that is removed, but not what another one has of it', async () => {
    const of = (id: number, min: bigint, max: bigint) => ({
      ...{ id, min, max, options: {}, priority: 0 },
    });
    await store.create([of(1, 1n, 10n), of(2, 8n, 20n)]);
    await store.remove([1]);
    const { epoch } = await store.campaign({ candidate: 'l', leaseMs: LEASE_MS });
    const gap = (min: bigint, max: bigint) => ({ min, max, options: {}, priority: 0 });

    expect(await store.fill({ epoch, partitions: [gap(7n, 8n), gap(1n, 7n)] })).toEqual([3]);
  });

  it('end their leases when a worker leaves, and when the store is closed', async () => {
    await make(4);
    const none = await etcd.leases();
    for (const workerId of ['a', 'b']) {
      const held = await store.claim({ ...CLAIM, workerId, limit: 2 });
      await store.renew({ workerId, held, leaseMs: LEASE_MS, presenceMs: LEASE_MS });
    }
    expect(await etcd.leases()).toBe(none + 4);

    await store.leave('a');
    expect(await etcd.leases()).toBe(none + 2);
    const other = await open();
    const preempting = { ...CLAIM, workerId: 'c', isPreempting: true };
    expect((await other.claim(preempting)).map(({ id }) => id)).toEqual([1, 2]);
    await store.close();
    expect((await other.claim(preempting)).map(({ id }) => id)).toEqual([3, 4]);
  });

  it('are not kept for a worker that does not know that it holds them', async () => {
    await make(2);
    const [known, unknown] = await store.claim({ ...CLAIM, workerId: 'w', leaseMs: 1_000 });
    const held = known === undefined ? [] : [known];
    const tokens = await waitFor('the other lease to end', async () => {
      await store.renew({ workerId: 'w', held, leaseMs: 1_000, presenceMs: LEASE_MS });
      const free = await store.claim({ ...CLAIM, workerId: 'x', isPreempting: true });
      return free.length > 0 && free.map(({ id }) => id);
    });

    expect(tokens).toEqual([unknown?.id]);
    expect(await store.partition(known?.id ?? 0)).toMatchObject({ workerId: 'w' });
  });

  it('are found on the host that answers', async () => {
    const away = `http://127.0.0.1:${await freePort()}`;
    const other = await open({ hosts: [away, etcd.host] });
    expect(other.identity).toEqual(store.identity);

    await make(1);
    expect(await workOff(other, 'w')).toEqual([1]);
  });

  it('are there after etcd was started anew, and cannot be asked for until then', async () => {
    await make(1);
    const [held] = await store.claim({ ...CLAIM, workerId: 'w' });
    const { id, token } = held ?? { id: 0, token: 0 };
    await etcd.end();
    const complete = () => store.settle([{ id, token, event: 'complete', items: 1 }]);
    await expect(complete()).rejects.toMatchObject({ kind: 'unavailable' });

    await etcd.begin();
    expect(await waitFor('etcd', () => complete().catch(() => null))).toEqual(['done']);
    expect(await store.counts()).toMatchObject({ completed: 1 });
  });

  it('are not waited for longer than was said', async () => {
    const hasty = await open({ timeoutMs: 300 });
    etcd.pause();
    // It does not stand still at once.
    const told = (thrown: unknown) => thrown;
    const counted = () => hasty.counts().then(() => null, told);
    const refused = await waitFor('a refusal', counted).finally(() => etcd.goOn());

    expect(refused).toMatchObject({ kind: 'timeout' });
    expect(await waitFor('an answer', () => hasty.counts().catch(() => null))).toMatchObject({
      pending: 0,
    });
  });

  it('go on when etcd has forgotten what was before', async () => {
    await make(3);
    const { header } = await etcd.ask('kv/range', { key: 'AA==' });
    await etcd.ask('kv/compaction', { revision: header.revision, physical: true });

    expect(await workOff(store, 'w')).toEqual([1, 2, 3]);
  });
});

describe('partitions in an etcd of their own', () => {
  let etcd: EtcdServer;
  const namespace = 'own';

  afterEach(() => etcd.stop());

  it('are lost when its folder is emptied, and that is said', async () => {
    etcd = await EtcdServer.start();
    const store = await openEtcdPartitionStore({ hosts: [etcd.host], namespace });
    await store.create([{ id: 1, min: 1n, max: 1n, options: {}, priority: 0 }]);
    const [held] = await store.claim({ ...CLAIM, workerId: 'w' });
    const { id, token } = held ?? { id: 0, token: 0 };
    await etcd.empty();
    await etcd.begin();

    const calls = [
      () => store.counts(),
      () => store.claim({ ...CLAIM, workerId: 'w' }),
      () => store.settle([{ id, token, event: 'complete', items: 1 }]),
      () => store.setPaused(true),
      () => store.campaign({ candidate: 'l', leaseMs: LEASE_MS }),
    ];
    for (const call of calls) {
      const refused = await call().catch((thrown: unknown) => thrown);
      expect(hasStoreCode(refused, 'store_lost')).toBe(true);
    }
    const anew = await openEtcdPartitionStore({ hosts: [etcd.host], namespace });
    expect(anew.identity.incarnation).not.toBe(store.identity.incarnation);
    await Promise.all([store.close(), anew.close()]);
  });

  it('are refused in plain words when it is full', async () => {
    etcd = await EtcdServer.start(['--quota-backend-bytes', String(4 * 1024 * 1024)]);
    const store = await openEtcdPartitionStore({ hosts: [etcd.host], namespace });
    const value = Buffer.alloc(1024 * 1024).toString('base64');
    await waitFor('etcd to be full', async () => {
      const { message } = await etcd.ask('kv/put', { key: 'eA==', value });
      return typeof message === 'string' && message.includes('space exceeded');
    });

    const refused = await waitFor('a refusal', () =>
      store.setPaused(true).then(
        () => null,
        (thrown: unknown) => thrown,
      ),
    );
    expect(refused).toMatchObject({
      ...{ kind: 'unavailable', message: expect.stringContaining('defragmented') },
    });
    await store.close();
  });

  it('are for those who have the password', async () => {
    etcd = await EtcdServer.start();
    await etcd.ask('auth/user/add', { name: 'root', password: 'secret' });
    await etcd.ask('auth/user/grant', { user: 'root', role: 'root' });
    await etcd.ask('auth/enable');
    const options = { hosts: [etcd.host], namespace };

    await expect(openEtcdPartitionStore(options)).rejects.toMatchObject({ kind: 'forbidden' });
    const wrong = { ...options, auth: { user: 'root', password: 'wrong' } };
    await expect(openEtcdPartitionStore(wrong)).rejects.toMatchObject({ kind: 'forbidden' });
    const right = { ...options, auth: { user: 'root', password: 'secret' } };
    const store = await openEtcdPartitionStore(right);
    await store.setPaused(true);
    // Its tokens are not kept over a start.
    await etcd.end();
    await etcd.begin();
    expect(await store.counts()).toMatchObject({ pending: 0 });
    await store.close();
  });
});
