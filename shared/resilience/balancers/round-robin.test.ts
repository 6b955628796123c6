import { describe, expect, it } from 'vitest';
import { candidates, picks } from '../../../test/support/candidates.ts';
import { RoundRobinBalancer } from './round-robin.ts';

describe('RoundRobinBalancer', () => {
  it('goes from one to the next, and begins again', () => {
    const all = candidates({}, {}, {});
    expect(picks(new RoundRobinBalancer(), all, 7).join('')).toBe('abcabca');
  });

  it('passes over whoever is not there, and starves nobody when that changes with every call', () => {
    const balancer = new RoundRobinBalancer();
    const all = candidates({}, {}, {}, {});
    const without = all.filter(({ id }) => id !== 'b');
    const picked = [all, without, all, without, all, without, all, without];

    expect(picked.map((some) => balancer.pick(some)?.id).join('')).toBe('acdabcda');
  });

  it('knows nobody where there is nobody', () => {
    expect(new RoundRobinBalancer().pick([])).toBeNull();
  });
});
