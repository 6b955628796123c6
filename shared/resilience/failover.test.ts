import { describe, expect, it } from 'vitest';
import { endpoint, FAILURES, FailoverRig } from '../../test/rpc/failover-rig.ts';
import { shares } from '../../test/support/candidates.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { BALANCERS } from './balancers/create-balancer.ts';
import type { FailoverEvents } from './failover-events.ts';
import type { Endpoint } from './instance.ts';

const overloaded = (retryAfterMs: number) => () =>
  new RpcError('resource_exhausted', 'too much', {
    ...{ reason: 'overloaded', executed: 'no', retryAfterMs },
  });

describe('Failover', () => {
  it('returns the value, who gave it, and a trace where that was asked for', async () => {
    const rig = new FailoverRig(['a']);

    const plain = await rig.call();
    const traced = await rig.call('read', { isTraced: true });

    expect(plain).toMatchObject({ value: 'a', instance: { id: 'a' }, trace: [] });
    expect(traced.trace).toEqual([
      {
        ...{ instanceId: 'a', address: 'a:8001', state: 'healthy', breaker: 'closed' },
        ...{ reason: null, code: null, message: null, executed: 'yes' },
        ...{ waitMs: 0, durationMs: 1, isHedge: false },
      },
    ]);
  });

  it.each(BALANCERS)(
    'gives an instance without weight nothing, not even retries (%s)',
    async (name) => {
      const rig = new FailoverRig([], { Balancer: name });
      rig.failover.set([endpoint('none', { weight: 0 }), endpoint('a'), endpoint('b')]);
      rig.is('a', FAILURES.unavailable);
      rig.is('b', FAILURES.unavailable);

      for (let nth = 0; nth < 20; nth += 1)
        await rig.call('read', { key: `k${nth}` }).catch(() => 0);

      expect(Object.keys(shares(rig.called)).sort()).toEqual(['a', 'b']);
    },
  );

  it.each(BALANCERS.filter((name) => name !== 'fastest_response' && name !== 'zone_first'))(
    'gives one that comes back gradually less than its own at first (%s)',
    async (Balancer) => {
      const rig = new FailoverRig(['a', 'b', 'c'], { Balancer });
      const call = (nth: number) => rig.call('read', { key: `k${nth}` });
      rig.is('a', FAILURES.refused);
      for (let nth = 0; rig.stateOf('a') !== 'isolated'; nth += 1) await call(nth);
      await rig.pass(5_000);
      rig.is('a', () => null);
      rig.called.length = 0;
      rig.tookMs = 0.1;

      for (let nth = 0; nth < 600; nth += 1) await call(nth);

      const { a = 0 } = shares(rig.called);
      expect(a).toBeGreaterThan(0);
      expect(a).toBeLessThan(60);
    },
  );

  it('best: tries who has the least to do and answers fastest', async () => {
    const rig = new FailoverRig(['a', 'b', 'c'], { FailoverConfig: { FailoverStrategy: 'best' } });
    rig.is('b', () => ((rig.tookMs = 50), null));
    rig.is('c', () => ((rig.tookMs = 2), null));
    await rig.calls(3);
    rig.is('a', FAILURES.refused);
    rig.called.length = 0;

    await rig.call();

    expect(rig.called).toEqual(['a', 'c']);
  });

  it('next: tries the one that follows', async () => {
    const rig = new FailoverRig(['a', 'b', 'c']);
    rig.is('a', FAILURES.refused);
    rig.is('b', FAILURES.refused);
    await rig.call();
    expect(rig.called).toEqual(['a', 'b', 'c']);
  });

  it('random: does not always try the same one', async () => {
    const rig = new FailoverRig(['a', 'b', 'c', 'd'], {
      FailoverConfig: {
        FailoverStrategy: 'random',
        EjectedShareMax: 0,
        CircuitBreakThreshold: 999,
      },
    });
    rig.is('a', FAILURES.refused);
    const second = new Set<string>();
    for (let nth = 0; nth < 60; nth += 1) {
      const { trace } = await rig.call();
      if (trace[1] !== undefined) second.add(trace[1].instanceId);
    }
    expect(second).toEqual(new Set(['b', 'c', 'd']));
  });

  it.each([
    { what: 'was too large to be sent', code: 'resource_exhausted', executed: 'no' },
    { what: 'is no message of the method', code: 'invalid_argument', executed: 'no' },
    { what: 'is no method of the service', code: 'unimplemented', executed: 'no' },
    { what: 'had too large an answer', code: 'resource_exhausted', executed: 'yes' },
  ] as const)('holds against nobody what $what', async ({ code, executed }) => {
    const rig = new FailoverRig(['a', 'b']);
    for (const id of ['a', 'b']) {
      rig.is(id, () => new RpcError(code, 'wrong', { reason: 'protocol', executed }));
    }
    expect(shares(await rig.calls(100))).toEqual({ wrong: 100 });
    expect(rig.failover.view()).toMatchObject([
      { state: 'healthy', breaker: 'closed', latencyMs: null },
      { state: 'healthy', breaker: 'closed', latencyMs: null },
    ]);
  });

  it('isolates one whose answers cannot be read', async () => {
    const rig = new FailoverRig(['a', 'b']);
    rig.is('a', () => new RpcError('internal', 'garbage', { reason: 'protocol' }));
    await rig.calls(10);
    expect(rig.stateOf('a')).toBe('isolated');
  });

  it('tries the only instance again', async () => {
    const rig = new FailoverRig(['a']);
    rig.is('a', () => (rig.called.length < 3 ? FAILURES.unavailable() : null));
    expect((await rig.call()).trace).toHaveLength(3);
  });

  it('only spreads calls where failover is off', async () => {
    const rig = new FailoverRig(['a', 'b'], { EnableFailover: false });
    rig.is('a', FAILURES.refused);

    const answers = await rig.calls(100);

    expect(shares(answers)).toEqual({ connection_refused: 50, b: 50 });
    expect(rig.stateOf('a')).toBe('healthy');
  });

  it('says that the circuit breaker is open when all are, and tries again when it is over', async () => {
    const rig = new FailoverRig(['a'], {
      FailoverConfig: { MaxRetries: 0, CircuitBreakThreshold: 3, CircuitBreakTimeout: 1_000 },
    });
    rig.is('a', FAILURES.unavailable);

    expect(await rig.calls(4)).toEqual([
      ...Array<string>(3).fill('service_unavailable'),
      'circuit breaker is open',
    ]);
    rig.is('a', () => null);
    await rig.pass(1_000);
    expect(await rig.calls(3)).toEqual(['a', 'a', 'a']);
    expect(rig.failover.view()).toMatchObject([{ breaker: 'closed' }]);
  });

  it('isolates no more than it may, and the others get calls though they are unhealthy', async () => {
    const rig = new FailoverRig(['a', 'b', 'c'], {
      FailoverConfig: { CircuitBreakThreshold: 999 },
    });
    for (const id of ['a', 'b', 'c']) rig.is(id, FAILURES.unavailable);
    await rig.calls(20);
    const states = rig.failover.view().map(({ state }) => state);
    expect(states.filter((state) => state === 'isolated')).toHaveLength(1);
    expect(states.filter((state) => state === 'unhealthy')).toHaveLength(2);
  });

  it('gives all of them calls when hardly any is well', async () => {
    const rig = new FailoverRig(['a', 'b', 'c'], {
      FailoverConfig: {
        EjectedShareMax: 1,
        PanicShare: 0.5,
        CircuitBreakThreshold: 999,
        MaxRetries: 0,
      },
    });
    for (const id of ['a', 'b']) rig.is(id, FAILURES.unavailable);
    await rig.calls(20);
    rig.called.length = 0;
    await rig.calls(30);
    expect(shares(rig.called)).toEqual({ a: 10, b: 10, c: 10 });
  });

  it('goes back to one that is isolated when the last one that was well fails', async () => {
    const rig = new FailoverRig(['a', 'b'], { FailoverConfig: { FailureThreshold: 1 } });
    rig.is('a', () => (rig.called.length === 1 ? FAILURES.refused() : null));
    expect([await rig.calls(1), rig.stateOf('a')]).toEqual([['b'], 'isolated']);
    rig.is('b', FAILURES.refused);
    expect(await rig.calls(3)).toEqual(['a', 'a', 'a']);
  });

  it('sends nothing new to one that goes away, and does not hold that against it', async () => {
    const rig = new FailoverRig(['a', 'b']);
    rig.is('a', FAILURES.draining);
    expect(await rig.calls(10, 'write')).toEqual(Array<string>(10).fill('b'));
    expect(rig.called.filter((id) => id === 'a')).toHaveLength(1);
    expect(rig.stateOf('a')).toBe('healthy');
  });

  it('leaves one alone that asks for it, and waits where there is nobody else', async () => {
    const rig = new FailoverRig(['a']);
    rig.is('a', () => (rig.called.length === 1 ? overloaded(700)() : null));
    const { trace } = await rig.call('write');
    expect(trace[1]?.waitMs).toBeCloseTo(700);
  });

  it.each([{ askedMs: 700 }, { askedMs: 86_400_000 }])(
    'ends at once, and says why, when it was asked to wait longer ($askedMs ms) than the call may take',
    async ({ askedMs }) => {
      const rig = new FailoverRig(['a', 'none'], { Timeout: 500 });
      rig.failover.set([endpoint('a'), endpoint('none', { weight: 0 })]);
      rig.is('a', overloaded(askedMs));
      const beganMs = rig.clock.monotonicMs();
      await expect(rig.call('write')).rejects.toMatchObject({
        ...{ ending: 'failed', code: 'resource_exhausted', message: 'too much', executed: 'no' },
        ...{ reason: 'overloaded', retryAfterMs: askedMs },
      });
      expect(rig.called).toEqual(['a']);
      expect(rig.clock.monotonicMs() - beganMs).toBe(rig.tookMs);
    },
  );

  it('waits as long as it was asked to, also where others may come sooner', async () => {
    const rig = new FailoverRig(['a']);
    rig.is('a', () => (rig.called.length === 1 ? overloaded(8_000)() : null));
    const { trace } = await rig.call('write');
    expect(trace[1]?.waitMs).toBeCloseTo(8_000);
  });

  it('asks the others while one wants to be left alone for longer than the call may take', async () => {
    const rig = new FailoverRig(['a', 'b'], { Timeout: 500 });
    rig.is('a', overloaded(86_400_000));
    expect((await rig.call('write')).value).toBe('b');
  });

  it('does not try again what a server says is not to be tried again, idempotent or not', async () => {
    for (const method of ['read', 'write']) {
      const rig = new FailoverRig(['a', 'b']);
      rig.is('a', overloaded(Number.POSITIVE_INFINITY));
      await expect(rig.call(method)).rejects.toMatchObject({
        ...{ ending: 'failed', code: 'resource_exhausted', message: 'too much' },
      });
      expect(rig.called).toEqual(['a']);
      expect(rig.failover.budget().tokens).toBeGreaterThanOrEqual(100);
    }
  });

  it('ends while it waits when the caller gives up', async () => {
    const rig = new FailoverRig(['a', 'b']);
    const caller = new AbortController();
    rig.is('a', () => (caller.abort(), FAILURES.refused()));
    await expect(rig.call('read', { signal: caller.signal })).rejects.toMatchObject({
      ...{ ending: 'cancelled', trace: { length: 1 } },
    });
    expect(rig.called).toEqual(['a']);
  });

  it('keeps what it knows of an instance that stays, and nothing of one that left or moved', async () => {
    const rig = new FailoverRig(['a', 'b', 'c', 'd']);
    for (const id of ['a', 'b']) rig.is(id, FAILURES.refused);
    await rig.calls(20);
    const list = ['a', 'b', 'c', 'd'].map((id) => endpoint(id));

    rig.failover.set(list.map((one) => ({ ...one, weight: 2 })));
    expect([rig.stateOf('a'), rig.stateOf('b')]).toEqual(['isolated', 'isolated']);
    rig.failover.set([endpoint('a', { address: 'elsewhere:1' }), endpoint('c')]);
    rig.failover.set(list);
    expect([rig.stateOf('a'), rig.stateOf('b')]).toEqual(['healthy', 'healthy']);
  });

  it("what breaks inside the attempt is told as it is, and is nobody else's fault", async () => {
    const rig = new FailoverRig(['a']);
    rig.is('a', () => new TypeError('no codec'));
    await expect(rig.call()).rejects.toMatchObject({
      ...{ code: 'internal', message: 'no codec', executed: 'maybe', ending: 'failed' },
    });
    expect(rig.stateOf('a')).toBe('healthy');
  });

  it('detector error_rate: isolates one that fails more than half of its calls', async () => {
    const rig = new FailoverRig(['a', 'b', 'c'], {
      FailoverConfig: {
        Detector: 'error_rate',
        CircuitBreakThreshold: 999,
        FailureDetectionTime: 60_000,
      },
    });
    let nth = 0;
    rig.is('a', () => ((nth += 1) % 4 === 0 ? null : FAILURES.unavailable()));
    await rig.calls(27);
    expect(rig.stateOf('a')).toBe('suspect');
    await rig.calls(6);
    expect(rig.stateOf('a')).toBe('isolated');
  });

  it('counts what each instance did', async () => {
    const rig = new FailoverRig(['a', 'b']);
    rig.is('a', () => (rig.called.length === 1 ? FAILURES.refused() : null));
    await rig.calls(4);
    expect(rig.failover.view()).toMatchObject([
      { requests: 2, successes: 1, failures: 1, lastError: { reason: 'connection_refused' } },
      { requests: 3, successes: 3, failures: 0, lastError: null, durationMs: 3 },
    ]);
  });

  it('tells what it does', async () => {
    const told: string[] = [];
    const events: FailoverEvents<Endpoint> = {
      onRetry: ({ from, to, retry, reason }) =>
        told.push(`retry ${retry} ${from.id} ${to.id} ${reason}`),
      onFailover: ({ from, to, retries }) => told.push(`failover ${from.id} ${to.id} ${retries}`),
      onBreak: ({ instance, state }) => told.push(`break ${instance.id} ${state}`),
      onEject: ({ instance, forMs }) => told.push(`eject ${instance.id} ${forMs}`),
      onHealth: ({ instance, state }) => told.push(`health ${instance.id} ${state}`),
      onBudgetSpent: () => told.push('budget'),
    };
    const config = {
      FailureThreshold: 2,
      CircuitBreakThreshold: 2,
      RetryBudgetLeast: 0,
      RetryBudgetShare: 0,
    };
    const rig = new FailoverRig(['a', 'b'], { FailoverConfig: config }, events);
    rig.is('a', FAILURES.refused);
    await rig.calls(3);

    expect(told).toEqual([
      'health a suspect',
      'retry 1 a b connection_refused',
      'failover a b 1',
      'break a open',
      'health a isolated',
      'eject a 5000',
      'budget',
    ]);
  });
});
