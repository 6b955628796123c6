import { afterEach, describe, expect, it, vi } from 'vitest';
import { Breaker, type CallEnd } from '../../../shared/resilience/breaker.ts';
import { Member } from '../../../shared/resilience/member.ts';
import { Pushbacks } from '../../../shared/resilience/pushbacks.ts';
import type { Planted } from './random-config.ts';
import { rpcHistory } from './rpc-history.ts';

const HISTORIES = 40;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Plays histories until one has such a fault; gives all that were found. */
async function foundUntil(said: string, planted?: Planted): Promise<string> {
  const found: string[] = [];
  for (let seed = 1; seed <= HISTORIES && !found.some((fault) => fault.includes(said)); seed += 1) {
    const options = planted === undefined ? {} : { planted };
    found.push(...(await rpcHistory(seed, options)).faults);
  }
  return found.join('\n');
}

describe('calls of clients whose servers and network go wrong', () => {
  it(`run once unless they are idempotent, end when they are given up, reach everybody and keep to the budget, in ${HISTORIES} histories`, async () => {
    const bad: string[] = [];
    let [retries, hedges, cancelled, looks] = [0, 0, 0, 0];
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const outcome = await rpcHistory(seed);
      retries += outcome.retries;
      hedges += outcome.hedges;
      cancelled += outcome.cancelled;
      looks += outcome.looks;
      bad.push(...outcome.faults.map((fault) => `seed ${seed}: ${fault}`));
    }

    expect(bad).toEqual([]);
    for (const count of [retries, hedges, cancelled, looks]) {
      expect(count).toBeGreaterThan(10 * HISTORIES);
    }
  });

  it.each([
    {
      planted: 'lie',
      said: 'was executed 2 times',
      why: 'a transport that says "not executed" untruly',
    },
    { planted: 'ban', said: 'got 0 of', why: 'instances that never come back' },
    { planted: 'storm', said: 'more than the budget', why: 'retries without a bound' },
  ] as const)('find out $why', async ({ planted, said }) => {
    expect(await foundUntil(said, planted)).toContain(said);
  });

  it('find out a breaker that keeps the place of a call that was given up', async () => {
    const { value: end } = Object.getOwnPropertyDescriptors(Breaker.prototype).end;
    vi.spyOn(Breaker.prototype, 'end').mockImplementation(function (
      this: Breaker,
      begun: number,
      how: CallEnd,
      nowMs: number,
    ) {
      if (how !== 'neither') end?.call(this, begun, how, nowMs);
    });
    const said = 'failed in peace: circuit breaker is open';
    expect(await foundUntil(said)).toContain(said);
  });

  it('find out a client that does not do what servers ask', async () => {
    vi.spyOn(Pushbacks.prototype, 'add').mockReturnValue();
    const said = 'had asked it not to';
    expect(await foundUntil(said)).toContain(said);
  });

  it('find out an instance that is thought busy with calls that were given up', async () => {
    const { value: fail } = Object.getOwnPropertyDescriptors(Member.prototype).fail;
    vi.spyOn(Member.prototype, 'fail').mockImplementation(function (
      this: Member<never>,
      ...told: Parameters<Member<never>['fail']>
    ) {
      const [, { reason }] = told;
      if (reason === 'cancelled') this.inFlight += 1;
      fail?.apply(this, told);
    });
    expect(await foundUntil('never ended')).toContain('never ended');
  });
});
