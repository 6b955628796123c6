import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RpcClient } from '../../shared/rpc/rpc-client.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import { waitFor } from '../support/wait-for.ts';
import { GREET } from './support/greet-cluster.ts';
import { failureOf, RpcRig, SetInstances, untilAborted } from './support/rpc-rig.ts';

let rig: RpcRig;
beforeEach(() => {
  rig = new RpcRig();
});
afterEach(() => rig.close());

describe('a client of a service', () => {
  it('gives the answer, who gave it, and a trace where it is asked for', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client();
    const plain = await client.call('Hello', { name: 'Ada' });
    const again = await client.call('Hello', { name: 'Ada' });
    const traced = await client.call('Hello', { name: 'Ada' }, { trace: true, codec: 'json' });

    expect(plain).toMatchObject({
      response: { message: 'Hello, Ada!', by: 'a' },
      instance: { address: a?.address },
    });
    expect(again.trace).toEqual([]);
    expect(traced.response).toEqual(plain.response);
    expect(traced.trace).toMatchObject([
      { address: a?.address, state: 'healthy', breaker: 'closed', reason: null, executed: 'yes' },
    ]);
    expect(await client.method('Hello')({ name: 'Bob' })).toEqual({
      message: 'Hello, Bob!',
      by: 'a',
    });
  });

  it('spreads calls over the servers there are', async () => {
    await rig.start('a', 'b', 'c');
    const client = await rig.client();
    for (let nth = 0; nth < 30; nth += 1) await client.call('Hello', { name: 'x' });
    expect(rig.servers.map(({ greeted }) => greeted.length)).toEqual([10, 10, 10]);
  });

  it('refuses what can be no call before anything is sent', async () => {
    await rig.start('a');
    const client = await rig.client();
    const none = client.call('Nothing', {});
    await expect(none).rejects.toMatchObject({ code: 'unimplemented', executed: 'no' });
    await expect(none).rejects.toThrow('greet.Greet has no method Nothing; it has Hello, Book');
    expect(() => client.method('Nothing')).toThrow(RpcError);
    expect(rig.greeted()).toBe(0);
  });

  it.each([
    { why: 'no addresses', config: {}, says: /neither of ServerAddresses and a discovery/ },
    { why: 'a method that is none', config: { Methods: { Hi: {} } }, says: /has no method Hi/ },
    {
      why: 'a hedge of what is not idempotent',
      config: { Methods: { Book: { Hedge: { DelayMs: 5 } } } },
      says: /Methods.Book.Hedge: only a method that is idempotent/,
    },
    {
      why: 'a field of the wrong kind',
      config: { FailoverConfig: { MaxRetries: -1 } },
      says: /FailoverConfig.MaxRetries/,
    },
  ])('refuses a configuration with $why', async ({ config, says }) => {
    await expect(RpcClient.open({ service: GREET, config })).rejects.toThrow(says);
  });

  it('ends a call when its caller gives it up, and the server learns that', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client();
    const gaveUp = new AbortController();
    const seen = Promise.withResolvers();
    if (a !== undefined) {
      a.before = (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            seen.resolve(null);
            resolve(null);
          });
          gaveUp.abort();
        });
    }
    const failed = failureOf(client.call('Hello', { name: 'x' }, { signal: gaveUp.signal }));
    expect(await failed).toMatchObject({
      ending: 'cancelled',
      reason: 'cancelled',
      executed: 'maybe',
    });
    await seen.promise;
  });

  it('gives up when the time of the call is over, however many attempts are left', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client({ FailoverConfig: { RequestTimeout: 10_000 } });
    // The connection is there then.
    await client.call('Hello', { name: 'x' });
    if (a !== undefined) a.before = untilAborted;
    const error = await failureOf(client.call('Hello', { name: 'x' }, { timeoutMs: 500 }));
    expect(error).toMatchObject({ ending: 'timeout', code: 'deadline_exceeded' });
    expect(a?.greeted).toHaveLength(2);
  });
});

describe('instances that come and go', () => {
  it('one that leaves gets no new call, and those on their way end', async () => {
    const [a, b] = await rig.start('a', 'b');
    const addresses = rig.servers.map(({ address }) => address);
    const discovery = new SetInstances(addresses);
    const client = await rig.client({}, { discovery });
    const held = Promise.withResolvers();
    if (a !== undefined) a.before = () => held.promise;
    const onTheirWay = [client.call('Hello', { name: '1' }), client.call('Hello', { name: '2' })];
    await waitFor('one on its way', () => a?.greeted.length === 1);
    discovery.set(addresses.slice(1));
    for (let nth = 0; nth < 10; nth += 1) await client.call('Hello', { name: 'later' });
    held.resolve(null);
    await Promise.all(onTheirWay);

    expect(a?.greeted).toHaveLength(1);
    expect(b?.greeted).toHaveLength(11);
    expect(client.instances().map(({ instance }) => instance.address)).toEqual([b?.address]);
  });

  it('nobody at all is an error that says so, until somebody comes', async () => {
    const [a] = await rig.start('a');
    const discovery = new SetInstances([]);
    const client = await rig.client({}, { discovery });
    expect(await failureOf(client.call('Hello', {}))).toMatchObject({
      ending: 'no_instances',
      message: 'no available instances',
      executed: 'no',
    });
    discovery.set([a?.address ?? '']);
    expect((await client.call('Hello', { name: 'x' })).response['by']).toBe('a');
  });

  it('an address that is none keeps nobody else from being called', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client(
      {},
      { discovery: new SetInstances(['nonsense', a?.address ?? '']) },
    );
    for (let nth = 0; nth < 6; nth += 1) await client.call('Book', { name: 'x' });
    expect(a?.booked).toHaveLength(6);
  });
});
