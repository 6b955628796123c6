import { hashOf, mixed } from '../hash.ts';
import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/**
 * Calls about the same key go to the same instance; when one leaves, only its keys go elsewhere. Every
 * instance draws a lot for a key, which depends on both alone, and the best lot (by weight) wins: so
 * there is no ring to keep, and nothing to agree on.
 */
export class ConsistentHashBalancer implements Balancer {
  readonly #otherwise: Balancer;

  /** @param otherwise chooses for calls that are about nothing. */
  constructor(otherwise: Balancer) {
    this.#otherwise = otherwise;
  }

  pick<One extends Candidate>(
    candidates: readonly One[],
    key: string | null,
    nowMs: number,
  ): One | null {
    if (key === null) return this.#otherwise.pick(candidates, key, nowMs);
    const keyHash = hashOf(key);
    let best: One | null = null;
    let highest = Number.NEGATIVE_INFINITY;
    for (const candidate of candidates) {
      // The logarithm of a number between 0 and 1 makes wins go exactly by weight.
      const lot = (mixed(keyHash ^ candidate.hash) + 0.5) / 2 ** 32;
      const score = Math.log(lot) / candidate.weight;
      if (score <= highest) continue;
      highest = score;
      best = candidate;
    }
    return best;
  }
}
