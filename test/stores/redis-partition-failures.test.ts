import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ID_MAX } from '../../shared/domain/id-range.ts';
import type { AppError } from '../../shared/kernel/errors.ts';
import type { PartitionStore } from '../../shared/stores/partitions/partition-store.ts';
import {
  openRedisPartitionStore,
  type RedisPartitionOptions,
} from '../../shared/stores/partitions/redis/redis-partition-store.ts';
import { hasStoreCode } from '../../shared/stores/partitions/store-errors.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';

const CLAIM = {
  ...{ workerId: 'w', limit: 10, leaseMs: 60_000 },
  ...{ isPreempting: false, attemptsMax: 3, isReturning: false },
};

describe('what goes wrong with Redis', () => {
  let server: RedisServerProcess;
  let proxy: TcpProxy;
  const opened: PartitionStore[] = [];
  let namespaces = 0;
  let namespace: string;

  beforeAll(async () => {
    server = await RedisServerProcess.startDurable();
    proxy = await openTcpProxy(server.port);
  });
  beforeEach(() => {
    namespaces += 1;
    namespace = `broken-${namespaces}`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  async function open(more: Partial<RedisPartitionOptions> = {}, port = proxy.port) {
    const place = { url: `redis://127.0.0.1:${port}`, timeoutMs: 2_000, ...more.place };
    const store = await openRedisPartitionStore({ namespace, ...more, place });
    opened.push(store);
    return store;
  }

  /** Opens a store with so many partitions of ten IDs each. */
  async function planned(count: number, more: Partial<RedisPartitionOptions> = {}) {
    const store = await open(more);
    const { epoch } = await store.campaign({ candidate: 'leader', leaseMs: 60_000 });
    const partitions = Array.from({ length: count }, (_, nth) => ({
      ...{ min: BigInt(nth) * 10n, max: BigInt(nth) * 10n + 9n, options: {}, priority: 0 },
    }));
    await store.plan({ epoch, after: null, to: BigInt(count) * 10n - 1n, partitions });
    return { store, epoch };
  }

  function isBack(store: PartitionStore) {
    return waitFor('the connection', () => store.counts().then(() => true));
  }

  const thrownBy = (asked: Promise<unknown>) => asked.catch((thrown: unknown) => thrown);
  const isLost = async (asked: Promise<unknown>) =>
    hasStoreCode(await thrownBy(asked), 'store_lost');

  it('goes on when the server has forgotten the scripts', async () => {
    const { store } = await planned(2);
    await server.redis.script('FLUSH');
    const [first] = await store.claim({ ...CLAIM, limit: 1 });
    await server.redis.script('FLUSH');

    expect(first?.id).toBe(1);
    expect(await store.claim(CLAIM)).toMatchObject([{ id: 2 }]);
  });

  it('refuses a database that the server has not', async () => {
    const place = { url: `redis://127.0.0.1:${server.port}/99` };

    await expect(open({ place })).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('/99: ERR DB index is out of range'),
    });
  });

  it('goes on when the connection was cut', async () => {
    const { store } = await planned(2);
    proxy.cut();
    await isBack(store);

    expect(await store.claim(CLAIM)).toHaveLength(2);
  });

  it('says that what was asked may have been done when the answer was cut off', async () => {
    const { store } = await planned(2);
    proxy.muffle();
    const asked = thrownBy(store.claim({ ...CLAIM, limit: 1 }));
    await waitFor('the claim', async () => (await counted())['c'] === '1');
    proxy.cut();

    expect(await asked).toMatchObject({ kind: 'timeout' });
    await isBack(store);
    expect(await store.counts()).toMatchObject({ pending: 1, claimed: 1 });
  });

  it('gives up on a server that does not answer, and finds it again', async () => {
    const { store } = await planned(1, { place: { url: proxied(), timeoutMs: 200 } });
    proxy.muffle();

    expect(await thrownBy(store.counts())).toMatchObject({ kind: 'timeout' });
    await isBack(store);
    expect(await store.claim(CLAIM)).toHaveLength(1);
  });

  it('says at once that nobody was asked while there is no server', async () => {
    const own = await RedisServerProcess.start();
    const store = await open({}, own.port);
    await own.stop();
    const error = await waitFor('the loss', async () => {
      const thrown = await thrownBy(store.counts());
      return thrown instanceof Error && 'kind' in thrown && thrown.kind === 'unavailable' && thrown;
    });

    expect(error.message).toContain(`redis://127.0.0.1:${own.port}/0 is not connected`);
    expect(await thrownBy(open({}, own.port))).toMatchObject({ kind: 'unavailable' });
  });

  it('goes on after the server was started anew, far behind the tokens and epochs of before', async () => {
    const { store, epoch } = await planned(3);
    const [before] = await store.claim({ ...CLAIM, limit: 1 });
    await server.restart();
    await isBack(store);

    if (before === undefined) throw new Error('nothing was claimed');
    const { id, token } = before;
    expect(await store.settle([{ id, token, event: 'complete', items: 1 }])).toEqual(['done']);
    const [after] = await store.claim({ ...CLAIM, limit: 1 });
    expect(after?.token).toBeGreaterThan(token + 1_000_000_000);
    expect(await store.leadership()).toMatchObject({ leader: '' });
    const tending = { epoch, nowMs: 0, attemptsMax: 3, limit: 10 };
    expect(hasStoreCode(await thrownBy(store.tend(tending)), 'fenced')).toBe(true);
    const turn = await store.campaign({ candidate: 'next', leaseMs: 60_000 });
    expect(turn.epoch).toBeGreaterThan(epoch + 1_000_000);
  });

  it('keeps tokens and epochs where they are when only the connection was lost', async () => {
    const { store, epoch } = await planned(2);
    const [before] = await store.claim({ ...CLAIM, limit: 1 });
    proxy.cut();
    await isBack(store);

    const [after] = await store.claim({ ...CLAIM, limit: 1 });
    expect(after?.token).toBe((before?.token ?? 0) + 1);
    expect(await store.leadership()).toMatchObject({ leader: 'leader', epoch });
  });

  it('knows that its data are gone after a flush, and tells it once to who listens', async () => {
    const deaths: AppError[] = [];
    const { store } = await planned(2, { onDeath: (error) => deaths.push(error) });
    const { identity } = store;
    await server.redis.flushall();

    expect(await isLost(store.claim(CLAIM))).toBe(true);
    expect(await isLost(store.counts())).toBe(true);
    expect(deaths).toHaveLength(1);
    const anew = await open();
    expect(anew.identity.incarnation).not.toBe(identity.incarnation);
    expect(anew.identity.id).not.toBe(identity.id);
    expect(await isLost(store.claim(CLAIM))).toBe(true);
    expect(await anew.counts()).toMatchObject({ pending: 0 });
  });

  it('knows that a server that was started empty has other data', async () => {
    const { store } = await planned(2);
    await server.restartEmpty();
    await waitFor('the connection', () => isLost(store.counts()));

    const anew = await open();
    expect(await isLost(store.claim(CLAIM))).toBe(true);
    expect(anew.identity.incarnation).not.toBe(store.identity.incarnation);
  });

  it('has the same identity whoever opens it', async () => {
    const [one, two] = [await open(), await open()];
    const other = await open({ namespace: `${namespace}-other` });

    expect(two.identity).toEqual(one.identity);
    expect(other.identity.id).toBe(one.identity.id);
    expect(other.identity.incarnation).not.toBe(one.identity.incarnation);
  });

  it('makes nothing new when the memory is used up, and lets what there is be worked off', async () => {
    const { store, epoch } = await planned(2);
    const partitions = [{ min: 20n, max: 29n, options: {}, priority: 0 }];
    const plan = { epoch, after: 19n, to: 29n, partitions };
    await server.redis.config('SET', 'maxmemory', '1');
    const refused = await thrownBy(store.plan(plan));
    const claimed = await store.claim(CLAIM);
    const done = claimed.flatMap(({ id, token }) => [
      { id, token, event: 'start' } as const,
      { id, token, event: 'complete', items: 1 } as const,
    ]);
    const verdicts = await store.settle(done);
    await server.redis.config('SET', 'maxmemory', '0');

    expect(refused).toMatchObject({ kind: 'unavailable' });
    expect(String(refused)).toContain('maxmemory');
    expect(verdicts).toEqual(['done', 'done', 'done', 'done']);
    expect(await store.planState()).toMatchObject({ plannedTo: 19n, lastPartitionId: 2 });
    expect(await store.counts()).toMatchObject({ pending: 0, completed: 2 });
    await store.plan(plan);
  });

  it('says that a replica takes no writes, and looks for the master again', async () => {
    const { store } = await planned(1);
    await server.redis.replicaof('127.0.0.1', 1);
    const refused = await thrownBy(store.claim(CLAIM));
    await server.redis.replicaof('NO', 'ONE');

    expect(refused).toMatchObject({ kind: 'unavailable' });
    expect(String(refused)).toContain('replica');
    await isBack(store);
    expect(await store.claim(CLAIM)).toHaveLength(1);
  });

  it.each([
    { what: 'no Redis', url: 'http://127.0.0.1' },
    { what: 'no database', url: 'redis://127.0.0.1/first' },
    { what: 'no URL', url: '127.0.0.1:6379' },
  ])('refuses a place that is $what', async ({ url }) => {
    const refused = openRedisPartitionStore({ place: { url }, namespace });
    await expect(refused).rejects.toMatchObject({ kind: 'invalid' });
  });

  it.each(['', 'a{b', 'a}b'])('refuses the namespace "%s"', async (name) => {
    await expect(open({ namespace: name })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('needs the password, and says no more than that it is wrong', async () => {
    await server.redis.acl('SETUSER', 'guarded', 'on', '>right', '~*', '+@all');
    const of = (password: string) =>
      open({ place: { url: `redis://guarded:${password}@127.0.0.1:${server.port}` } });

    const refused = await thrownBy(of('wrong'));
    expect(refused).toMatchObject({ kind: 'forbidden' });
    expect(String(refused)).not.toContain('wrong@');
    expect(await (await of('right')).counts()).toMatchObject({ pending: 0 });
  });

  it('leaves data of a newer version alone', async () => {
    await (await open()).close();
    await server.redis.hset(`logkit-fleet:{${namespace}}:state`, 'schema', '99');

    await expect(open()).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('waits at its end for what was asked', async () => {
    const { store } = await planned(1);
    const asked = store.claim(CLAIM);
    await store.close();

    expect(await asked).toHaveLength(1);
    expect(await thrownBy(store.claim(CLAIM))).toMatchObject({ kind: 'unavailable' });
  });

  it('may be closed while there is no server', async () => {
    const own = await RedisServerProcess.start();
    const store = await open({}, own.port);
    await own.stop();
    await store.close();

    expect(await thrownBy(store.completedRanges({ min: 0n, max: ID_MAX }))).toMatchObject({
      kind: 'unavailable',
    });
  });

  function proxied(): string {
    return `redis://127.0.0.1:${proxy.port}`;
  }

  /** As the server has it, past the proxy. */
  function counted() {
    return server.redis.hgetall(`logkit-fleet:{${namespace}}:state`);
  }
});
