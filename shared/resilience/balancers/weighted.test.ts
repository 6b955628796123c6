import { describe, expect, it } from 'vitest';
import { candidates, picks, shares } from '../../../test/support/candidates.ts';
import { WeightedBalancer } from './weighted.ts';

describe('WeightedBalancer', () => {
  it('gives each exactly what its weight says', () => {
    const all = candidates({ weight: 5 }, { weight: 2 }, { weight: 1 });
    expect(shares(picks(new WeightedBalancer(), all, 800))).toEqual({ a: 500, b: 200, c: 100 });
  });

  it('mixes them: the greatest does not get its calls all at once', () => {
    const all = candidates({ weight: 5 }, { weight: 1 }, { weight: 1 });
    expect(picks(new WeightedBalancer(), all, 7).join('')).toBe('aabacaa');
  });

  it('keeps to weights when one goes away for a while', () => {
    const balancer = new WeightedBalancer();
    const all = candidates({ weight: 2 }, { weight: 1 }, { weight: 1 });
    const without = all.filter(({ id }) => id !== 'c');
    picks(balancer, all, 7);

    const { a = 0, b = 0 } = shares(picks(balancer, without, 300));
    expect(Math.abs(a - 200)).toBeLessThan(3);
    expect(a + b).toBe(300);
    expect(shares(picks(balancer, all, 400))['c']).toBeGreaterThan(97);
  });
});
