import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import { waitFor } from '../support/wait-for.ts';
import { failureOf, keepCalling, RpcRig, untilAborted } from './support/rpc-rig.ts';

let rig: RpcRig;
beforeEach(() => {
  rig = new RpcRig();
});
afterEach(() => rig.close());

describe('failing over', () => {
  it('V1: a server that is gone does not fail a call', async () => {
    const [a] = await rig.start('a', 'b');
    const client = await rig.client();
    await a?.kill();
    for (let nth = 0; nth < 10; nth += 1) {
      expect((await client.call('Book', { name: `${nth}` })).response['by']).toBe('b');
    }
    expect(rig.events).toContainEqual(
      expect.objectContaining({
        kind: 'retry',
        instance: a?.address,
        reason: 'connection_refused',
      }),
    );
    expect(rig.events).toContainEqual(
      expect.objectContaining({ kind: 'failover', from: a?.address }),
    );
  });

  it('one of three servers killed under 64 callers: no call that may be repeated fails, and traffic returns', async () => {
    const [a] = await rig.start('a', 'b', 'c');
    const client = await rig.client({
      Balancer: 'fastest_response',
      FailoverConfig: {
        RetryInterval: 5,
        RecoveryInterval: 100,
        CircuitBreakTimeout: 100,
        RetryableErrors: [
          'timeout',
          'connection_refused',
          'connection_reset',
          'service_unavailable',
        ],
        RetryBudgetLeast: 100,
      },
    });
    const calling = keepCalling(client, 64);
    await waitFor('calls of it', () => (a?.greeted.length ?? 0) > 100);
    await a?.kill();
    const at = calling.done();
    await waitFor('calls without it', () => calling.done() > at + 2_000);
    const without = a?.greeted.length ?? 0;
    await a?.comeBack();
    await waitFor('calls of it again', () => (a?.greeted.length ?? 0) > without + 100);

    expect(await calling.stop()).toEqual([]);
    expect(rig.events.map(({ kind }) => kind)).toContain('failover');
  });

  it('R5: a call that is not idempotent is never executed twice', async () => {
    const [a, b] = await rig.start('a', 'b');
    const client = await rig.client({ FailoverConfig: { RequestTimeout: 100, RetryInterval: 1 } });
    if (a !== undefined) a.before = untilAborted;
    const names = Array.from({ length: 20 }, (_, nth) => `n${nth}`);
    const ended = await Promise.allSettled(names.map((name) => client.call('Book', { name })));
    const booked = [...(a?.booked ?? []), ...(b?.booked ?? [])];

    expect(booked.toSorted()).toEqual(names.toSorted());
    const failed = ended.filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(a?.booked.length ?? 0);
    for (const one of failed) {
      expect(one).toMatchObject({ reason: { ending: 'timeout', executed: 'maybe' } });
    }
  });

  it('the same one that is idempotent is tried elsewhere', async () => {
    const [a] = await rig.start('a', 'b');
    const client = await rig.client({ FailoverConfig: { RequestTimeout: 100, RetryInterval: 1 } });
    if (a !== undefined) a.before = untilAborted;
    const ended = await Promise.all(
      Array.from({ length: 8 }, (_, nth) => client.call('Hello', { name: `${nth}` })),
    );
    expect(ended.map(({ response }) => response['by'])).toEqual(ended.map(() => 'b'));
    const retried = ended.filter(({ trace }) => trace.length === 2);
    expect(retried.length).toBeGreaterThan(0);
    expect(retried[0]?.trace).toMatchObject([{ reason: 'timeout' }, { reason: null }]);
  });

  it('R13: what a method refuses does neither open a breaker nor isolate anybody', async () => {
    const [a] = await rig.start('a');
    const client = await rig.client({
      FailoverConfig: { CircuitBreakThreshold: 2, FailureThreshold: 2 },
    });
    if (a !== undefined) {
      a.before = () => {
        throw new RpcError('invalid_argument', 'a name is missing');
      };
    }
    for (let nth = 0; nth < 20; nth += 1) {
      const error = await failureOf(client.call('Hello', {}));
      expect(error).toMatchObject({ code: 'invalid_argument', message: 'a name is missing' });
    }
    expect(a?.greeted).toHaveLength(20);
    expect(client.instances()).toMatchObject([
      { state: 'healthy', breaker: 'closed', failures: 20 },
    ]);
  });

  it('without failover each call is tried once, and nobody is kept out', async () => {
    const [a] = await rig.start('a', 'b');
    const client = await rig.client({ EnableFailover: false });
    await a?.kill();
    const ended = await Promise.allSettled(
      Array.from({ length: 20 }, () => client.call('Hello', { name: 'x' })),
    );
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(rig.events).toEqual([]);
  });

  it('a server that drains gets no new call, and ends those it has', async () => {
    const [a, b] = await rig.start('a', 'b');
    const client = await rig.client();
    const held = Promise.withResolvers();
    if (a !== undefined) a.before = () => held.promise;
    const onTheirWay = [client.call('Hello', { name: '1' }), client.call('Hello', { name: '2' })];
    await waitFor('one on its way', () => a?.greeted.length === 1);
    const left = a?.leave(10_000);
    for (let nth = 0; nth < 10; nth += 1) await client.call('Hello', { name: 'later' });
    held.resolve(null);
    await Promise.all(onTheirWay);
    await left;

    expect(a?.greeted).toHaveLength(1);
    expect(b?.greeted).toHaveLength(11);
  });
});
