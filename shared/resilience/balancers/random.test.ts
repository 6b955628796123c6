import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/delivery/support/seeded-random.ts';
import { candidates, picks, shares } from '../../../test/support/candidates.ts';
import { RandomBalancer } from './random.ts';

describe('RandomBalancer', () => {
  it('gives each about the same', () => {
    const balancer = new RandomBalancer(seededRandom(1, 'random'));
    const { a = 0, b = 0, c = 0 } = shares(picks(balancer, candidates({}, {}, {}), 3_000));
    for (const share of [a, b, c]) expect(Math.abs(share - 1_000)).toBeLessThan(100);
  });

  it('does not go in turns', () => {
    const balancer = new RandomBalancer(seededRandom(1, 'random'));
    const picked = picks(balancer, candidates({}, {}), 100);
    expect(picked.some((id, nth) => id === picked[nth + 1])).toBe(true);
  });

  it('knows nobody where there is nobody', () => {
    expect(new RandomBalancer(seededRandom(1, 'random')).pick([])).toBeNull();
  });
});
