import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FailoverError } from '../../shared/resilience/failover-error.ts';
import { RpcError } from '../../shared/rpc/rpc-error.ts';
import { endpoint, FAILURES, FailoverRig } from './failover-rig.ts';

/** What is wrong in the original, by the names that its faults have; here none of it may be. */
describe('faults of the original that failover does not have', () => {
  it('V1: a server that refuses connections is failed over, also for a method that is not idempotent', async () => {
    const rig = new FailoverRig(['a', 'b']);
    rig.is('a', FAILURES.refused);

    const { value, trace } = await rig.call('write');

    expect(value).toBe('b');
    expect(trace.map(({ instanceId, reason }) => [instanceId, reason])).toEqual([
      ['a', 'connection_refused'],
      ['b', null],
    ]);
  });

  it('V2: a server that says that it is unavailable is failed over', async () => {
    const rig = new FailoverRig(['a', 'b']);
    rig.is('a', () => {
      const text = 'service server-A is currently unavailable';
      return new RpcError('unavailable', text, { reason: 'service_unavailable', executed: 'no' });
    });

    expect(await rig.calls(4)).toEqual(['b', 'b', 'b', 'b']);
  });

  it('V3: an instance that failed once goes on getting calls', async () => {
    const rig = new FailoverRig(['a', 'b']);
    let failures = 1;
    rig.is('a', () => (failures-- > 0 ? FAILURES.timeout() : null));

    expect((await rig.call()).value).toBe('b');
    const after = await rig.calls(30);

    expect(after.filter((id) => id === 'a')).toHaveLength(15);
  });

  it('V3: when each of two instances has failed once, calls succeed', async () => {
    const rig = new FailoverRig(['a', 'b']);
    const failed = new Set<string>();
    for (const id of ['a', 'b']) {
      rig.is(id, () => {
        if (failed.has(id)) return null;
        failed.add(id);
        return FAILURES.timeout();
      });
    }

    const answers = await rig.calls(60);

    expect(new Set(answers)).toEqual(new Set(['a', 'b']));
  });

  it.each(['immediate', 'gradual', 'probing'] as const)(
    'V3: an instance that was isolated comes back by itself (%s)',
    async (RecoveryStrategy) => {
      const rig = new FailoverRig(['a', 'b', 'c'], { FailoverConfig: { RecoveryStrategy } });
      rig.is('a', FAILURES.refused);
      await rig.calls(20);
      expect(rig.stateOf('a')).toBe('isolated');

      rig.is('a', () => null);
      rig.tookMs = 100;
      await rig.calls(400);
      rig.called.length = 0;
      await rig.calls(300);

      expect(rig.stateOf('a')).toBe('healthy');
      expect(rig.called.filter((id) => id === 'a')).toHaveLength(100);
    },
  );

  it('V4: a call that was given up, of a service without instances, fails as such', async () => {
    const rig = new FailoverRig([]);

    const given = await rig.call('read', { signal: AbortSignal.abort() }).catch((e: unknown) => e);
    const nobody = await rig.call().catch((e: unknown) => e);

    expect(given).toMatchObject({ code: 'cancelled', executed: 'no', ending: 'cancelled' });
    expect(nobody).toMatchObject({ message: 'no available instances', ending: 'no_instances' });
  });

  it('R5: a call that succeeds was made once', async () => {
    const rig = new FailoverRig(['a', 'b']);

    await rig.calls(10);

    expect(rig.called).toHaveLength(10);
  });

  it('R5: a call that may have been executed is not made again unless its method is idempotent', async () => {
    const rig = new FailoverRig(['a', 'b'], {
      FailoverConfig: { RetryableErrors: ['timeout', 'connection_reset'] },
    });
    rig.is('a', FAILURES.reset);

    await expect(rig.call('write')).rejects.toMatchObject({ executed: 'maybe', ending: 'failed' });
    expect(rig.called).toEqual(['a']);
  });

  it('R10: nothing is asked of an instance before a call, and failures of calls add up', async () => {
    const rig = new FailoverRig(['a', 'b', 'c']);
    // Looks at it would find it well: it takes connections, and answers none.
    rig.is('a', FAILURES.timeout);

    await rig.calls(12);

    expect(rig.called.filter((id) => id === 'a')).toHaveLength(3);
    expect(rig.stateOf('a')).toBe('isolated');
  });

  it('R11: what discovery says meanwhile does not disturb calls on their way', async () => {
    const rig = new FailoverRig(['a', 'b', 'c']);
    rig.is('a', FAILURES.refused);

    const calls = Array.from({ length: 50 }, () => rig.call());
    for (let nth = 0; nth < 20; nth += 1) {
      rig.failover.set([endpoint('b'), endpoint(`new-${nth}`)]);
      await setImmediate();
    }
    const values = await Promise.all(calls.map((call) => call.then(({ value }) => value)));

    expect(values).toHaveLength(50);
    expect(values).not.toContain('a');
    expect(rig.failover.view().map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });

  it('R11: each client has its own turn and its own configuration', async () => {
    const [one, other] = [new FailoverRig(['a', 'b']), new FailoverRig(['a', 'b'])];

    expect([await one.calls(1), await other.calls(1)]).toEqual([['a'], ['a']]);
  });

  it('R12: an instance that was tried is not chosen again while another is untried', async () => {
    for (const FailoverStrategy of ['next', 'random', 'best'] as const) {
      const rig = new FailoverRig(['a', 'b', 'c', 'd'], { FailoverConfig: { FailoverStrategy } });
      for (const id of ['a', 'b', 'c', 'd']) rig.is(id, FAILURES.unavailable);

      await expect(rig.call()).rejects.toThrow('maximum retries exceeded');

      expect(new Set(rig.called).size).toBe(4);
    }
  });

  it('R12: the error of spent retries has the cause, and the trace has the attempts that were made', async () => {
    const rig = new FailoverRig(['a', 'b']);
    rig.is('a', FAILURES.refused);
    rig.is('b', FAILURES.refused);

    const error: unknown = await rig.call().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(FailoverError);
    expect(error).toMatchObject({
      message: 'maximum retries exceeded',
      code: 'unavailable',
      reason: 'connection_refused',
      executed: 'no',
      cause: { message: 'connection_refused' },
    });
    const trace = error instanceof FailoverError ? error.trace : [];
    expect(trace).toHaveLength(4);
    expect(rig.called).toHaveLength(4);
  });

  it('R12: all attempts and waits end with the total deadline, each attempt with its own', async () => {
    const rig = new FailoverRig(['a', 'b', 'c'], {
      Timeout: 2_500,
      FailoverConfig: { RequestTimeout: 1_000, RetryStrategy: 'simple' },
    });
    for (const id of ['a', 'b', 'c']) rig.is(id, FAILURES.timeout);
    const beganMs = rig.clock.monotonicMs();

    const error: unknown = await rig.call().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: 'request timeout', code: 'deadline_exceeded' });
    const trace = error instanceof FailoverError ? error.trace : [];
    expect(trace.map(({ waitMs, durationMs }) => [waitMs, durationMs])).toEqual([
      [0, 1_000],
      [100, 1_000],
      [100, 300],
    ]);
    expect(rig.clock.monotonicMs() - beganMs).toBe(2_500);
  });

  it('R12: retries stop when the budget is spent, so that a service that is down is not stormed', async () => {
    const rig = new FailoverRig(['a', 'b'], {
      FailoverConfig: {
        ...{ RetryBudgetShare: 0.1, RetryBudgetLeast: 0 },
        ...{ CircuitBreakThreshold: 10_000, EjectedShareMax: 0 },
      },
    });
    for (const id of ['a', 'b']) rig.is(id, FAILURES.unavailable);

    const answers = await rig.calls(200);

    expect(rig.called.length).toBeLessThanOrEqual(200 * 1.1 + 1);
    expect(answers.filter((answer) => answer === 'service is unavailable').length).toBeGreaterThan(
      150,
    );
  });

  it('R13: mistakes of the caller and refusals of the method trip nothing, and are not tried again', async () => {
    const rig = new FailoverRig(['a']);
    rig.is('a', () => (rig.called.length % 2 === 0 ? FAILURES.invalid() : FAILURES.notFound()));

    const answers = await rig.calls(100);

    expect(rig.called).toHaveLength(100);
    expect(new Set(answers)).toEqual(new Set(['name is missing', 'no such greeting']));
    expect(rig.failover.view()).toMatchObject([{ state: 'healthy', breaker: 'closed' }]);
  });

  it('R13: a caller that leaves no time trips nothing', async () => {
    const rig = new FailoverRig(['a', 'b']);
    for (const id of ['a', 'b']) rig.is(id, FAILURES.timeout);

    for (let nth = 0; nth < 20; nth += 1) {
      await expect(rig.call('read', { timeoutMs: 1 })).rejects.toThrow('request timeout');
    }

    expect(rig.failover.view()).toMatchObject([
      { state: 'healthy', breaker: 'closed' },
      { state: 'healthy', breaker: 'closed' },
    ]);
  });

  it('R14: who fails fast is not the fastest', async () => {
    const rig = new FailoverRig(['a', 'b'], {
      Balancer: 'fastest_response',
      FailoverConfig: { CircuitBreakThreshold: 10_000, EjectedShareMax: 0 },
    });
    rig.is('a', FAILURES.unavailable);

    await rig.calls(100);

    const [toA, toB] = ['a', 'b'].map((id) => rig.called.filter((called) => called === id).length);
    expect(toA).toBeLessThan((toB ?? 0) / 2);
  });
});
