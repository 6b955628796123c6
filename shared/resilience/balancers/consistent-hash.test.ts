import { describe, expect, it } from 'vitest';
import { candidates, picks, shares } from '../../../test/support/candidates.ts';
import { ConsistentHashBalancer } from './consistent-hash.ts';
import { RoundRobinBalancer } from './round-robin.ts';

const KEYS = Array.from({ length: 4_000 }, (_, nth) => `user-${nth}`);
const newBalancer = () => new ConsistentHashBalancer(new RoundRobinBalancer());

function homes(all: ReturnType<typeof candidates>): string[] {
  const balancer = newBalancer();
  return KEYS.map((key) => balancer.pick(all, key, 0)?.id ?? '');
}

describe('ConsistentHashBalancer', () => {
  it('keeps to an instance by the key, in every client', () => {
    const all = candidates({}, {}, {});
    expect(new Set(picks(newBalancer(), all, 10, { key: 'user-7' })).size).toBe(1);
    expect(homes(all)).toEqual(homes(all));
  });

  it('spreads keys evenly, also over IDs that hardly differ', () => {
    const all = candidates({ id: 'server-1' }, { id: 'server-2' }, { id: 'server-3' });
    for (const count of Object.values(shares(homes(all)))) {
      expect(Math.abs(count - 4_000 / 3)).toBeLessThan(150);
    }
  });

  it('moves only the keys of one that leaves', () => {
    const all = candidates({}, {}, {}, {});
    const [before, after] = [homes(all), homes(all.filter(({ id }) => id !== 'c'))];
    const moved = before.filter((home, nth) => home !== after[nth]);
    expect(new Set(moved)).toEqual(new Set(['c']));
    expect(moved).toHaveLength(shares(before)['c'] ?? 0);
  });

  it('gives keys by weight', () => {
    const { a = 0 } = shares(homes(candidates({ weight: 3 }, { weight: 1 })));
    expect(Math.abs(a - 3_000)).toBeLessThan(150);
  });

  it('leaves calls that are about nothing to another balancer', () => {
    expect(picks(newBalancer(), candidates({}, {}), 4).join('')).toBe('abab');
  });
});
