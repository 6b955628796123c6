import { describe, expect, it } from 'vitest';
import { rpcHistory } from './rpc-history.ts';

const HISTORIES = 40;

describe('calls of clients whose servers and network go wrong', () => {
  it(`run once unless they are idempotent, reach everybody and keep to the budget, in ${HISTORIES} histories`, async () => {
    const bad: string[] = [];
    let retries = 0;
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const outcome = await rpcHistory(seed);
      retries += outcome.retries;
      bad.push(...outcome.faults.map((fault) => `seed ${seed}: ${fault}`));
    }

    expect(bad).toEqual([]);
    expect(retries).toBeGreaterThan(HISTORIES);
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
    const found: string[] = [];
    for (
      let seed = 1;
      seed <= HISTORIES && !found.some((fault) => fault.includes(said));
      seed += 1
    ) {
      found.push(...(await rpcHistory(seed, { planted })).faults);
    }

    expect(found.join('\n')).toContain(said);
  });
});
