import type { RandomSource } from '../../kernel/random.ts';
import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/** Who has the fewest calls on their way for its weight; among equals, chance decides. */
export class LeastLoadedBalancer implements Balancer {
  readonly #random: RandomSource;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  pick<One extends Candidate>(candidates: readonly One[]): One | null {
    const count = candidates.length;
    const from = Math.floor(this.#random.next() * count);
    let best: One | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (let nth = 0; nth < count; nth += 1) {
      const candidate = candidates[from + nth < count ? from + nth : from + nth - count];
      if (candidate === undefined) continue;
      // With the call in question, so that of two idle ones the greater is taken.
      const load = (candidate.inFlight + 1) / candidate.weight;
      if (load >= least) continue;
      least = load;
      best = candidate;
    }
    return best;
  }
}
