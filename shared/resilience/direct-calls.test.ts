import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/delivery/support/seeded-random.ts';
import { endpoint, FAILURES } from '../../test/rpc/failover-rig.ts';
import { HastyClock } from '../../test/support/hasty-clock.ts';
import { DirectCalls } from './direct-calls.ts';
import type { FailoverCall } from './failover-call.ts';
import { FailoverConfig } from './failover-config.ts';

const READ: FailoverCall = {
  policy: {
    ...{ isIdempotent: true, attemptsMax: 3, hedge: null },
    ...{ tryTimeoutMs: 1_000, totalTimeoutMs: 5_000 },
  },
  ...{ key: null, timeoutMs: null, signal: null, isTraced: false },
};
const WRITE: FailoverCall = { ...READ, policy: { ...READ.policy, isIdempotent: false } };

class Rig {
  readonly clock = new HastyClock(0);
  readonly called: string[] = [];
  /** What comes next of calls, by instance; nothing: they succeed. */
  readonly failures = new Map<string, Error[]>();
  readonly calls: DirectCalls<ReturnType<typeof endpoint>>;

  constructor(config = {}) {
    this.calls = new DirectCalls({
      config: FailoverConfig.parse({
        CircuitBreakThreshold: 3,
        CircuitBreakTimeout: 1_000,
        ...config,
      }),
      clock: this.clock,
      random: seededRandom(1, 'direct'),
    });
  }

  fails(id: string, ...errors: Error[]): void {
    this.failures.set(id, errors);
  }

  call(id: string, call = READ) {
    return this.calls.execute(endpoint(id), call, async () => {
      this.called.push(id);
      await this.clock.sleep(1, new AbortController().signal);
      const error = this.failures.get(id)?.shift();
      if (error !== undefined) throw error;
      return id;
    });
  }
}

const many = (failure: () => Error) => Array.from({ length: 20 }, failure);

describe('DirectCalls', () => {
  it('tries the same one again, where nothing can be done twice', async () => {
    const rig = new Rig();
    rig.fails('a', FAILURES.refused(), FAILURES.unavailable());
    rig.fails('b', FAILURES.timeout());

    expect(await rig.call('a', WRITE)).toMatchObject({ value: 'a', trace: { length: 3 } });
    await expect(rig.call('b', WRITE)).rejects.toMatchObject({
      executed: 'maybe',
      ending: 'timeout',
    });
    expect(rig.called).toEqual(['a', 'a', 'a', 'b']);
  });

  it('leaves one alone that fails again and again, says what it failed of, and tries it later', async () => {
    const rig = new Rig();
    rig.fails('a', ...many(FAILURES.refused));
    await expect(rig.call('a')).rejects.toMatchObject({ trace: { length: 3 } });

    await expect(rig.call('a')).rejects.toMatchObject({
      ...{ ending: 'circuit_open', executed: 'no', trace: [] },
      cause: { reason: 'connection_refused' },
    });
    expect(await rig.call('b')).toMatchObject({ value: 'b' });
    rig.fails('a');
    await rig.clock.sleep(1_000, new AbortController().signal);
    expect(await rig.call('a')).toMatchObject({ value: 'a' });
  });

  it('counts failures of calls that run side by side together', async () => {
    const rig = new Rig();
    rig.fails('a', ...many(FAILURES.reset));
    await Promise.allSettled([1, 2, 3].map(() => rig.call('a', WRITE)));

    await expect(rig.call('a')).rejects.toMatchObject({ ending: 'circuit_open' });
  });

  it('remembers nothing of those that are well', async () => {
    const rig = new Rig();
    rig.fails('bad', FAILURES.reset());
    const ids = Array.from({ length: 50 }, (_, nth) => `well-${nth}`);
    await Promise.allSettled([...ids, 'bad'].map((id) => rig.call(id, WRITE)));
    expect(rig.calls.size).toBe(1);

    await rig.call('bad');
    expect(rig.calls.size).toBe(0);
  });

  it('has one budget for all: many that fail are not tried twice as often', async () => {
    const rig = new Rig({ RetryBudgetShare: 0, RetryBudgetLeast: 1, RetryInterval: 0 });
    const ids = Array.from({ length: 100 }, (_, nth) => `down-${nth}`);
    for (const id of ids) rig.fails(id, ...many(FAILURES.refused));
    const ends = await Promise.allSettled(ids.map((id) => rig.call(id)));

    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(100);
    expect(rig.called.length).toBeLessThanOrEqual(110);
    expect(rig.called.length).toBeGreaterThan(100);
  });
});
