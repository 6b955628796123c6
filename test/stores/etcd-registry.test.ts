import { afterEach, describe, expect, it } from 'vitest';
import {
  type EtcdRegistryOptions,
  openEtcdRegistryStore,
} from '../../shared/stores/registry/etcd/etcd-registry-store.ts';
import type { RegistryStore } from '../../shared/stores/registry/registry-store.ts';
import { EtcdServer } from '../support/etcd-server.ts';
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitFor } from '../support/wait-for.ts';
import { change, event, instance, LONG_MS } from './registry-contract/registry-bench.ts';

const HASTY_MS = 300;
/** The shortest lease of etcd is two seconds. */
const SHORT_MS = 1_000;

describe('a registry in etcd', () => {
  let etcd: EtcdServer;
  let opened: RegistryStore[] = [];
  let proxies: TcpProxy[] = [];

  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    [opened, proxies] = [[], []];
    await etcd.stop();
  });

  async function open(options: Partial<EtcdRegistryOptions> = {}): Promise<RegistryStore> {
    const store = await openEtcdRegistryStore({ hosts: [etcd.host], prefix: '/test', ...options });
    opened.push(store);
    return store;
  }

  /** One whose network can be disturbed. */
  async function openBehindProxy(options: Partial<EtcdRegistryOptions> = {}) {
    const proxy = await openTcpProxy(etcd.port);
    proxies.push(proxy);
    const store = await open({ hosts: [`http://127.0.0.1:${proxy.port}`], ...options });
    return { proxy, store };
  }

  const register = (store: RegistryStore, id: string, ttlMs = LONG_MS) =>
    store.write([{ ...change(instance(id)), lease: { ttlMs } }]);

  it('is what it was after etcd was started anew, and cannot be asked until then', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    await register(store, 'web-1');
    const [before] = await store.find(['web-1']);
    const revision = await store.revision();
    await etcd.end();
    await expect(store.renew(['web-1'], LONG_MS)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(register(store, 'web-2')).rejects.toMatchObject({ kind: 'unavailable' });

    await etcd.begin();
    const renewed = () => store.renew(['web-1', 'web-2'], LONG_MS).catch(() => null);
    expect(await waitFor('etcd', renewed)).toEqual(['renewed', 'unknown']);
    const [after] = await store.find(['web-1']);
    expect(after).toMatchObject({ record: before?.record, revision: before?.revision });
    expect(await store.changesSince(revision, 10)).toMatchObject({ changes: [], isMore: false });
    expect(await store.overdue(10)).toEqual({ ids: [], ended: 0, leases: 1 });
  });

  it('says when an answer was lost, and what was asked has happened once', async () => {
    etcd = await EtcdServer.start();
    const { proxy, store } = await openBehindProxy({ timeoutMs: HASTY_MS });
    await register(store, 'web-1');
    proxy.muffle();
    const written = { ...change(instance('web-2')), event: event('first') };
    await expect(store.write([written])).rejects.toMatchObject({ kind: 'timeout' });
    proxy.cut();

    const again = await waitFor('a connection', () => store.write([written]).catch(() => null));
    expect(again).toMatchObject([
      { isDone: false, why: 'changed', there: { record: written.record, lease: {} } },
    ]);
    expect(await store.history('web-2')).toEqual([event('first')]);
    proxy.muffle();
    await expect(store.renew(['web-1'], LONG_MS)).rejects.toMatchObject({ kind: 'timeout' });
    proxy.cut();
    const renewed = () => store.renew(['web-1'], LONG_MS).catch(() => null);
    expect(await waitFor('a connection', renewed)).toEqual(['renewed']);
  });

  it('keeps its leases when a client has stood still for longer than they last', async () => {
    etcd = await EtcdServer.start();
    const store = await open({ timeoutMs: 30 * SHORT_MS });
    await register(store, 'web-1', SHORT_MS);
    const renewing = store.renew(['web-1'], SHORT_MS);
    // Whatever was prepared of it by then is over when it goes on.
    for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * SHORT_MS);

    expect(await renewing).toEqual(['renewed']);
    const [there] = await store.find(['web-1']);
    expect(there?.lease?.leftMs).toBeGreaterThan(0);
    expect(await store.overdue(1)).toMatchObject({ ended: 0, leases: 1 });
  });

  it('takes another lease of etcd for one that somebody has ended', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    await register(store, 'web-1');
    const { leases } = await etcd.ask('lease/leases');
    for (const { ID } of leases) await etcd.ask('lease/revoke', { ID });
    expect(await store.overdue(1)).toMatchObject({ ids: ['web-1'], ended: 1 });

    await register(store, 'web-2');
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
    expect(await store.overdue(1)).toEqual({ ids: [], ended: 0, leases: 2 });
  });

  it('calls no lease renewed that may end too soon, for etcd answers too late', async () => {
    etcd = await EtcdServer.start();
    const { proxy, store } = await openBehindProxy();
    await register(store, 'web-1');
    proxy.delay(0.7 * SHORT_MS);

    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
    await expect(store.renew(['web-1'], SHORT_MS)).rejects.toMatchObject({
      message: expect.stringContaining('answers too slowly'),
    });
  });

  it('refuses what is too large, and splits what is too much for one transaction', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    const of = (id: string, bytes: number) =>
      change(instance(id, { metadata: { text: 'x'.repeat(bytes) } }));
    const many = Array.from({ length: 20 }, (_, nth) => of(`web-${nth}`, 200_000));
    const outcomes = await store.write(many);
    expect(outcomes.filter(({ isDone }) => isDone)).toHaveLength(20);

    await expect(store.write([of('big', 2_000_000)])).rejects.toMatchObject({
      ...{ kind: 'invalid', message: expect.stringContaining('instance big is too large') },
    });
    expect(await store.find(['big'])).toEqual([null]);
    expect(await store.services()).toEqual([{ name: 'web', instances: 20 }]);
  });

  it('refuses in plain words what etcd has no room for', async () => {
    etcd = await EtcdServer.start(['--quota-backend-bytes', String(4 * 1024 * 1024)]);
    const store = await open();
    await register(store, 'web-1', SHORT_MS);
    const value = Buffer.alloc(1024 * 1024).toString('base64');
    await waitFor('etcd to be full', async () => {
      const { message } = await etcd.ask('kv/put', { key: 'eA==', value });
      return typeof message === 'string' && message.includes('space exceeded');
    });

    const calls = [
      () => register(store, 'web-2'),
      () => store.renew(['web-1'], SHORT_MS),
      () => store.own('warden', LONG_MS),
    ];
    for (const call of calls) {
      const refused = await waitFor('a refusal', () =>
        call().then(
          () => null,
          (thrown: unknown) => thrown,
        ),
      );
      expect(refused).toMatchObject({
        ...{ kind: 'unavailable', message: expect.stringContaining('defragmented') },
      });
    }
    expect(await store.find(['web-1', 'web-2'])).toMatchObject([{ record: { id: 'web-1' } }, null]);
  });

  it('is for those who have the password', async () => {
    etcd = await EtcdServer.start();
    await etcd.ask('auth/user/add', { name: 'root', password: 'secret' });
    await etcd.ask('auth/user/grant', { user: 'root', role: 'root' });
    await etcd.ask('auth/enable');

    await expect(open()).rejects.toMatchObject({ kind: 'forbidden' });
    const wrong = { auth: { user: 'root', password: 'wrong' } };
    await expect(open(wrong)).rejects.toMatchObject({ kind: 'forbidden' });
    const store = await open({ auth: { user: 'root', password: 'secret' } });
    await register(store, 'web-1');
    // Its tokens are not kept over a start.
    await etcd.end();
    await etcd.begin();
    const renewed = () => store.renew(['web-1'], LONG_MS).catch(() => null);
    expect(await waitFor('etcd', renewed)).toEqual(['renewed']);
  });

  it('goes on with new data when its folder is emptied, and tells that they are others', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    await register(store, 'web-1');
    const before = await store.revision();
    await etcd.empty();
    await etcd.begin();

    const changes = await waitFor('etcd', () =>
      store.changesSince(before, 10).then(
        (answer) => ({ answer }),
        () => null,
      ),
    );
    expect(changes.answer).toBeNull();
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['unknown']);
    const start = await store.revision();
    expect(start).toBeGreaterThan(before);
    await etcd.empty();
    await etcd.begin();
    const [outcome] = await waitFor('etcd', () => register(store, 'web-2').catch(() => null));
    expect(outcome?.isDone === true && outcome.revision > start).toBe(true);
    expect(await store.changesSince(start, 10)).toBeNull();
  });

  it('knows of a lease that has ended when it was renewed last, where it was looked at before', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    await register(store, 'web-1', SHORT_MS);
    await store.overdue(1);
    await waitFor('the end', async () => (await store.overdue(1)).ids.length === 1);

    const [there] = await store.find(['web-1']);
    // The lease of etcd has lasted for a second longer.
    expect(there?.lease?.sinceRenewMs).toBeGreaterThan(1.5 * SHORT_MS);
    expect(there?.lease?.leftMs).toBeLessThan(0);
  });

  it('goes on when etcd has forgotten what was before', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    const start = await store.revision();
    await register(store, 'web-1');
    const { header } = await etcd.ask('kv/range', { key: 'AA==' });
    await etcd.ask('kv/compaction', { revision: header.revision, physical: true });

    expect((await store.changesSince(start, 10))?.changes).toMatchObject([{ id: 'web-1' }]);
    expect(await store.renew(['web-1'], LONG_MS)).toEqual(['renewed']);
  });

  it('tells all changes of many, part by part, though they share transactions', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    const start = await store.revision();
    const ids = Array.from({ length: 300 }, (_, nth) => `web-${nth}`);
    await store.write(ids.map((id) => change(instance(id))));
    const seen: string[] = [];
    for (let at = start; ; ) {
      const part = await store.changesSince(at, 7);
      if (part === null) throw new Error('it is not known any more');
      const revisions = part.changes.map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
      expect(part.changes.length).toBeLessThanOrEqual(7);
      seen.push(...part.changes.map(({ id }) => id));
      at = part.revision;
      if (!part.isMore) break;
    }

    expect(seen).toHaveLength(300);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('leaves nothing behind of instances that are gone and forgotten', async () => {
    etcd = await EtcdServer.start();
    const store = await open();
    const ids = Array.from({ length: 150 }, (_, nth) => `web-${nth}`);
    const written = await store.write(
      ids.map((id) => ({ ...change(instance(id)), event: event('first') })),
    );
    await store.write(
      written.map((outcome, nth) => ({
        ...{ id: ids[nth] ?? '', expected: outcome.isDone ? outcome.revision : 0, record: null },
        ...{ lease: 'end', event: null },
      })),
    );
    const removals = (await etcd.keys()).filter((key) => key.includes('@removed/'));
    expect(removals).toHaveLength(150);
    await store.forget(20);

    const left = (await etcd.keys()).filter((key) => key.includes('web-'));
    expect(left).toHaveLength(20);
  });
});
