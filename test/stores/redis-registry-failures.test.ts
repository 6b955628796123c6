import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  openRedisRegistryStore,
  type RedisRegistryOptions,
} from '../../shared/stores/registry/redis/redis-registry-store.ts';
import type { RegistryStore, StoredInstance } from '../../shared/stores/registry/registry-store.ts';
import { RedisServerProcess } from '../support/redis-server.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { change, event, expiry, instance, LONG_MS } from './registry-contract/registry-bench.ts';

describe('what goes wrong with a registry in Redis', () => {
  let server: RedisServerProcess;
  let proxy: TcpProxy;
  const opened: RegistryStore[] = [];
  let prefixes = 0;
  let prefix: string;

  beforeAll(async () => {
    server = await RedisServerProcess.startDurable();
    proxy = await openTcpProxy(server.port);
  });
  beforeEach(() => {
    prefixes += 1;
    prefix = `/broken/${prefixes}`;
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    await proxy.close();
    await server.stop();
  });

  async function open(more: Partial<RedisRegistryOptions> = {}, port = proxy.port) {
    const place = { url: `redis://127.0.0.1:${port}`, timeoutMs: 2_000, ...more.place };
    const store = await openRedisRegistryStore({ prefix, graceMs: LONG_MS, ...more, place });
    opened.push(store);
    return store;
  }

  function isBack(store: RegistryStore) {
    return waitFor('the connection', () => store.revision().then(() => true));
  }

  async function present(store: RegistryStore, id: string): Promise<StoredInstance> {
    const [found = null] = await store.find([id]);
    if (found === null) throw new Error(`${id} is not there`);
    return found;
  }

  const thrownBy = (asked: Promise<unknown>) => asked.catch((thrown: unknown) => thrown);

  it('keeps what it has acknowledged over a restart, and lets leases and the turn begin anew', async () => {
    const store = await open();
    await store.write([
      { ...change(instance('web-1')), lease: { ttlMs: 1 }, event: event('first') },
      change(instance('web-2')),
    ]);
    const there = await present(store, 'web-1');
    const epoch = (await store.own('a', LONG_MS)) ?? 0;
    const before = await store.revision();
    await server.restart();
    await isBack(store);

    expect(await present(store, 'web-1')).toMatchObject({
      ...{ record: there.record, revision: there.revision },
    });
    expect(await store.history('web-1')).toEqual([event('first')]);
    expect(await store.overdue(10)).toEqual({ ids: [], ended: 0, leases: 2 });
    expect((await present(store, 'web-1')).lease?.leftMs).toBeGreaterThan(0);
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
    const fence = { epoch, isOverdue: false };
    expect(await store.write([expiry(there, fence)])).toMatchObject([{ why: 'fenced' }]);
    // The last that it did may be forgotten: whoever watches reads everything.
    expect(await store.changesSince(before, 10)).toBeNull();
    expect(await store.own('b', LONG_MS)).toBeGreaterThan(before);
  });

  it.each(['is flushed', 'starts without what it has kept'])(
    'is another registry when the server %s, and knows nothing of what was before',
    async (what) => {
      const store = await open();
      await store.write([change(instance('web-1'))]);
      const epoch = (await store.own('a', LONG_MS)) ?? 0;
      const before = await store.revision();
      if (what === 'is flushed') await server.redis.flushall();
      else await server.restartEmpty();
      await isBack(store);

      expect(await store.find(['web-1'])).toEqual([null]);
      expect(await store.renew(['web-1'], LONG_MS)).toEqual(['unknown']);
      expect(await store.changesSince(before, 10)).toBeNull();
      expect(await store.revision()).toBeGreaterThan(before);
      const fenced = { ...change(instance('web-1')), fence: { epoch, isOverdue: false } };
      expect(await store.write([fenced])).toMatchObject([{ why: 'fenced' }]);
      expect(await store.write([change(instance('web-1'))])).toMatchObject([{ isDone: true }]);
      expect(await store.own('a', LONG_MS)).toBeGreaterThan(epoch);
    },
  );

  it('goes on when the connection was cut, where it was', async () => {
    const store = await open();
    await store.write([change(instance('web-1'))]);
    const before = await store.revision();
    proxy.cut();
    await isBack(store);

    expect(await store.changesSince(before, 10)).toMatchObject({ changes: [] });
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
  });

  it('goes on when the server has forgotten the scripts', async () => {
    const store = await open();
    await server.redis.script('FLUSH');
    expect(await store.write([change(instance('web-1'))])).toMatchObject([{ isDone: true }]);
    await server.redis.script('FLUSH');

    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
  });

  it('gives up on a server that does not answer, says that it may have done it, and finds it again', async () => {
    const place = { url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 200 };
    const store = await open({ place });
    // The server knows the script by then.
    await store.write([change(instance('web-0'))]);
    proxy.muffle();

    const asked = await thrownBy(store.write([change(instance('web-1'))]));
    expect(asked).toMatchObject({ kind: 'timeout' });
    await isBack(store);
    expect(await store.write([change(instance('web-1'))])).toMatchObject([
      { isDone: false, why: 'changed', there: { record: { id: 'web-1' } } },
    ]);
  });

  it('says at once that nobody was asked while there is no server', async () => {
    const own = await RedisServerProcess.start();
    const store = await open({}, own.port);
    await own.stop();
    const error = await waitFor('the loss', async () => {
      const thrown = await thrownBy(store.revision());
      return thrown instanceof Error && 'kind' in thrown && thrown.kind === 'unavailable' && thrown;
    });

    expect(error.message).toContain(`redis://127.0.0.1:${own.port}/0 is not connected`);
    expect(await thrownBy(open({}, own.port))).toMatchObject({ kind: 'unavailable' });
  });

  it('takes nothing new when the memory is used up, and lets what there is be renewed and end', async () => {
    const store = await open();
    await store.write([
      change(instance('web-1')),
      { ...change(instance('web-2')), lease: { ttlMs: 1 } },
    ]);
    const there = await present(store, 'web-2');
    await waitFor('the end of the lease', async () => (await store.overdue(1)).ended === 1);
    await server.redis.config('SET', 'maxmemory', '1');
    const refused = await thrownBy(store.write([change(instance('web-3'))]));
    const renewed = await thrownBy(store.renew(['web-1'], LONG_MS));
    const epoch = await thrownBy(store.own('a', LONG_MS));
    const expired = await thrownBy(store.write([expiry(there, undefined)]));
    const { revision } = await present(store, 'web-1');
    const gone = { id: 'web-1', expected: revision, record: null, lease: 'end' } as const;
    const removed = await thrownBy(store.write([{ ...gone, event: null }]));
    await server.redis.config('SET', 'maxmemory', '0');

    expect(refused).toMatchObject({ kind: 'unavailable' });
    expect(String(refused)).toContain('maxmemory');
    expect(renewed).toEqual(['renewed']);
    expect(epoch).toBeGreaterThan(0);
    expect(expired).toMatchObject([{ isDone: true }]);
    expect(removed).toMatchObject([{ isDone: true }]);
    expect(await store.find(['web-3'])).toEqual([null]);
  });

  it('says that a replica takes no writes, and looks for the master again', async () => {
    const store = await open();
    await store.write([change(instance('web-1'))]);
    await server.redis.replicaof('127.0.0.1', 1);
    const refused = await thrownBy(store.renew(['web-1'], LONG_MS));
    await server.redis.replicaof('NO', 'ONE');

    expect(refused).toMatchObject({ kind: 'unavailable' });
    expect(String(refused)).toContain('replica');
    await isBack(store);
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
  });

  it('leaves data of a newer version alone', async () => {
    await (await open()).close();
    await server.redis.hset(`{${prefix}}:state`, 'schema', '99');

    await expect(open()).rejects.toMatchObject({ kind: 'invalid' });
    await expect(open()).rejects.toThrow(/newer logkit-fleet \(NEWER 99\)/);
  });

  it.each(['', 'a{b', 'a}b'])('refuses the prefix "%s"', async (name) => {
    await expect(open({ prefix: name })).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('refuses a place that is no Redis, and who has no password', async () => {
    const place = { url: 'http://127.0.0.1' };
    await expect(open({ place })).rejects.toMatchObject({ kind: 'invalid' });
    await server.redis.acl('SETUSER', 'guarded', 'on', '>right', '~*', '+@all');
    const wrong = { url: `redis://guarded:wrong@127.0.0.1:${server.port}` };
    await expect(open({ place: wrong })).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('waits at its end for what was asked, and is not asked any more', async () => {
    const store = await open();
    const asked = store.write([change(instance('web-1'))]);
    await store.close();

    expect(await asked).toMatchObject([{ isDone: true }]);
    await expect(store.revision()).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
