import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.ts';

const OPTIONS = { share: 0.25, leastASecond: 0, windowMs: 10_000 };

function spendAll(budget: RetryBudget, nowMs: number): number {
  let spent = 0;
  while (spent < 100_000 && budget.spend(nowMs)) spent += 1;
  return spent;
}

describe('RetryBudget', () => {
  it('lets a share of the calls be tried again', () => {
    const budget = new RetryBudget(OPTIONS);
    spendAll(budget, 0);
    for (let nth = 0; nth < 1_000; nth += 1) budget.earn(0);
    expect(spendAll(budget, 0)).toBe(250);
  });

  it('gives some by time, whatever the load is', () => {
    const budget = new RetryBudget({ ...OPTIONS, leastASecond: 10 });
    spendAll(budget, 0);
    expect(spendAll(budget, 2_000)).toBe(20);
    expect(spendAll(budget, 3_600_000)).toBe(100);
  });

  it('forgets what was earned long ago', () => {
    const budget = new RetryBudget(OPTIONS);
    for (let nth = 0; nth < 1_000; nth += 1) budget.earn(0);
    expect(spendAll(budget, 100_000)).toBeLessThanOrEqual(2);
  });

  it('does not forget what was earned just now, however long nothing was spent', () => {
    const budget = new RetryBudget(OPTIONS);
    spendAll(budget, 0);
    for (let nth = 0; nth < 1_000; nth += 1) budget.earn(3_600_000);
    expect(spendAll(budget, 3_600_000)).toBeGreaterThanOrEqual(250);
  });

  it('counts what it refused', () => {
    const budget = new RetryBudget(OPTIONS);
    budget.spend(0);
    budget.spend(0);
    expect(budget.refused).toBe(1);
  });
});
