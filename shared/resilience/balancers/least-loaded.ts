import type { RandomSource } from '../../kernel/random.ts';
import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/** Who has the fewest calls on their way for its weight; among equals, chance decides, by weight too. */
export class LeastLoadedBalancer implements Balancer {
  readonly #random: RandomSource;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  pick<One extends Candidate>(candidates: readonly One[]): One | null {
    let best: One | null = null;
    let least = Number.POSITIVE_INFINITY;
    let equalWeight = 0;
    for (const candidate of candidates) {
      const { weight } = candidate;
      const load = candidate.inFlight / weight;
      if (load > least) continue;
      equalWeight = load < least ? weight : equalWeight + weight;
      // Each of the equals so far is the best with a chance that goes by its weight.
      if (load < least || this.#random.next() * equalWeight < weight) best = candidate;
      least = load;
    }
    return best;
  }
}
