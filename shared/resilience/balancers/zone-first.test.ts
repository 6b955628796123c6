import { describe, expect, it } from 'vitest';
import { candidates, picks } from '../../../test/support/candidates.ts';
import { RoundRobinBalancer } from './round-robin.ts';
import { ZoneFirstBalancer } from './zone-first.ts';

const ALL = candidates({ zone: 'east' }, { zone: 'west' }, { zone: 'east' }, { zone: 'west' });

describe('ZoneFirstBalancer', () => {
  it('stays within the zone, where another balancer chooses', () => {
    const balancer = new ZoneFirstBalancer('east', new RoundRobinBalancer());
    expect(picks(balancer, ALL, 4).join('')).toBe('acac');
  });

  it('goes to the others when the zone has nobody left', () => {
    const balancer = new ZoneFirstBalancer('east', new RoundRobinBalancer());
    const west = ALL.filter(({ zone }) => zone === 'west');
    expect(picks(balancer, west, 4).join('')).toBe('bdbd');
  });

  it('goes to all where the zone is unknown', () => {
    const balancer = new ZoneFirstBalancer('north', new RoundRobinBalancer());
    expect(picks(balancer, ALL, 4).join('')).toBe('abcd');
  });
});
