import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/delivery/support/seeded-random.ts';
import { candidates, picks, shares } from '../../../test/support/candidates.ts';
import { LeastLoadedBalancer } from './least-loaded.ts';

const newBalancer = () => new LeastLoadedBalancer(seededRandom(1, 'least'));

describe('LeastLoadedBalancer', () => {
  it('takes who has the fewest calls on their way', () => {
    const all = candidates({ inFlight: 3 }, { inFlight: 1 }, { inFlight: 2 });
    expect(shares(picks(newBalancer(), all, 10))).toEqual({ b: 10 });
  });

  it('takes them by weight', () => {
    const all = candidates({ inFlight: 3, weight: 4 }, { inFlight: 1, weight: 1 });
    expect(shares(picks(newBalancer(), all, 10))).toEqual({ a: 10 });
  });

  it('leaves it to chance among equals, by weight, so that idle ones all get some', () => {
    const all = candidates({ weight: 2 }, { weight: 1 }, { weight: 1 });
    const { a = 0, b = 0, c = 0 } = shares(picks(newBalancer(), all, 4_000));
    expect(Math.abs(a - 2_000)).toBeLessThan(150);
    expect(Math.abs(b - 1_000)).toBeLessThan(150);
    expect(a + b + c).toBe(4_000);
  });
});
