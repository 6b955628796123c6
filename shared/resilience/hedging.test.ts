import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../test/delivery/support/seeded-random.ts';
import { endpoint, FAILURES } from '../../test/rpc/failover-rig.ts';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { callPolicyOf } from './call-policy.ts';
import { Failover } from './failover.ts';
import { ClientConfig } from './failover-config.ts';
import type { Endpoint } from './instance.ts';

interface Running {
  readonly id: string;
  readonly signal: AbortSignal | null;
  readonly answer: (value: string) => void;
  readonly fail: (error: Error) => void;
}

/** Calls that are answered when the test says so. */
class HedgingRig {
  readonly clock = new FakeClock();
  readonly running: Running[] = [];
  readonly hedges: string[] = [];
  readonly failover: Failover<Endpoint>;
  readonly #config: ClientConfig;

  constructor(ids: readonly string[], budget = 10) {
    this.#config = ClientConfig.parse({
      Balancer: 'round_robin',
      FailoverConfig: { RetryBudgetLeast: budget, RetryBudgetShare: 0, RetryInterval: 0 },
      Methods: { read: { Idempotent: true, Hedge: { DelayMs: 50, Max: 2 } } },
    });
    const events = {
      onHedge: ({ instance }: { instance: Endpoint }) => void this.hedges.push(instance.id),
    };
    const random = seededRandom(1, 'hedging');
    this.failover = new Failover({ config: this.#config, clock: this.clock, random, events });
    this.failover.set(ids.map((id) => endpoint(id)));
  }

  call(signal: AbortSignal | null = null) {
    const policy = callPolicyOf(this.#config, 'read');
    const call = { policy, key: null, timeoutMs: null, signal, isTraced: false };
    const result = this.failover.execute<string>(
      call,
      ({ id }, _timeoutMs, one) =>
        new Promise((answer, fail) => this.running.push({ id, signal: one, answer, fail })),
    );
    result.catch(() => undefined);
    return result;
  }

  async at(nth: number): Promise<Running> {
    return waitFor(`attempt ${nth}`, () => this.running[nth]);
  }

  async late(): Promise<void> {
    await waitFor('the wait for an answer', () => this.clock.sleepers > 0);
    this.clock.advance(50);
  }
}

describe('hedging', () => {
  it('asks another instance when an answer is late, and takes the first one', async () => {
    const rig = new HedgingRig(['a', 'b', 'c']);
    const result = rig.call();
    const first = await rig.at(0);
    await rig.late();
    const second = await rig.at(1);
    second.answer('from b');

    const { value, instance, trace } = await result;

    expect([value, instance.id, rig.hedges]).toEqual(['from b', 'b', ['b']]);
    expect(first.signal?.aborted).toBe(true);
    expect(trace.map(({ instanceId, reason, isHedge }) => [instanceId, reason, isHedge])).toEqual([
      ['b', null, true],
      ['a', 'cancelled', false],
    ]);
  });

  it('asks nobody else when the answer is in time', async () => {
    const rig = new HedgingRig(['a', 'b']);
    const result = rig.call();
    (await rig.at(0)).answer('from a');
    expect((await result).value).toBe('from a');
    expect(rig.running).toHaveLength(1);
  });

  it('waits for the other one when the first fails after it was late', async () => {
    const rig = new HedgingRig(['a', 'b']);
    const result = rig.call();
    await rig.late();
    const second = await rig.at(1);
    (await rig.at(0)).fail(FAILURES.reset());
    second.answer('from b');
    expect((await result).value).toBe('from b');
  });

  it('asks no more than so many, each another one', async () => {
    const rig = new HedgingRig(['a', 'b', 'c', 'd']);
    const result = rig.call();
    for (let nth = 1; nth <= 2; nth += 1) {
      await rig.late();
      await rig.at(nth);
    }
    rig.clock.advance(1_000);
    (await rig.at(2)).answer('from c');
    await result;
    expect(rig.running.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  it('asks nobody when the budget is spent', async () => {
    const rig = new HedgingRig(['a', 'b', 'c'], 0);
    const [one, other] = [rig.call(), rig.call()];
    await rig.late();
    await waitFor('the hedge that is allowed', () => rig.running.length === 3);
    for (const { answer } of rig.running) answer('done');
    await Promise.all([one, other]);
    expect(rig.hedges).toHaveLength(1);
    expect(rig.failover.budget().refused).toBe(1);
  });

  it('asks nobody more when a server says that the call is not to be tried again', async () => {
    const rig = new HedgingRig(['a', 'b', 'c', 'd']);
    const result = rig.call();
    await rig.late();
    const [first, second] = [await rig.at(0), await rig.at(1)];
    first.fail(
      new RpcError('unavailable', 'no more of this', {
        ...{ reason: 'service_unavailable', executed: 'no', retryAfterMs: Infinity },
      }),
    );
    await rig.late();
    second.fail(FAILURES.unavailable());
    await expect(result).rejects.toMatchObject({ ending: 'failed', trace: { length: 2 } });
    expect(rig.hedges).toEqual(['b']);
  });

  it('gives up all of them when the caller does', async () => {
    const rig = new HedgingRig(['a', 'b']);
    const caller = new AbortController();
    const result = rig.call(caller.signal);
    await rig.late();
    const [first, second] = [await rig.at(0), await rig.at(1)];
    caller.abort();
    expect([first.signal?.aborted, second.signal?.aborted]).toEqual([true, true]);
    for (const { fail } of [first, second]) fail(FAILURES.reset());
    await expect(result).rejects.toMatchObject({ ending: 'cancelled' });
  });
});
