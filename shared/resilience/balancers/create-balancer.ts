import type { RandomSource } from '../../kernel/random.ts';
import type { Balancer } from './balancer.ts';
import { ConsistentHashBalancer } from './consistent-hash.ts';
import { FastestResponseBalancer } from './fastest-response.ts';
import { LeastLoadedBalancer } from './least-loaded.ts';
import { RandomBalancer } from './random.ts';
import { RoundRobinBalancer } from './round-robin.ts';
import { WeightedBalancer } from './weighted.ts';
import { ZoneFirstBalancer } from './zone-first.ts';

/** Those that choose by themselves, and may choose within a zone. */
export const SIMPLE_BALANCERS = [
  'random',
  'round_robin',
  'weighted',
  'fastest_response',
  'consistent_hash',
  'least_loaded',
] as const;
export const BALANCERS = [...SIMPLE_BALANCERS, 'zone_first'] as const;
export type BalancerName = (typeof BALANCERS)[number];

interface BalancerOptions {
  readonly name: BalancerName;
  readonly random: RandomSource;
  /** Of `zone_first`: the caller's own, and who chooses within it. */
  readonly zone: string;
  readonly within: (typeof SIMPLE_BALANCERS)[number];
}

/** A balancer has a memory of its own: there is one for each set of instances. */
export function createBalancer({ name, random, zone, within }: BalancerOptions): Balancer {
  switch (name) {
    case 'random':
      return new RandomBalancer(random);
    case 'round_robin':
      return new RoundRobinBalancer();
    case 'weighted':
      return new WeightedBalancer();
    case 'fastest_response':
      return new FastestResponseBalancer(random);
    case 'consistent_hash':
      return new ConsistentHashBalancer(new FastestResponseBalancer(random));
    case 'least_loaded':
      return new LeastLoadedBalancer(random);
    case 'zone_first':
      return new ZoneFirstBalancer(zone, createBalancer({ name: within, random, zone, within }));
  }
}
