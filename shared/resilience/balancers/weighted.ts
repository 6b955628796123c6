import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/** Each as often as its weight says, and spread evenly: with 5, 1, 1 it is not five times the first. */
export class WeightedBalancer implements Balancer {
  /** By ordinal, what each has to its credit. */
  readonly #credits: number[] = [];

  pick<One extends Candidate>(candidates: readonly One[]): One | null {
    const credits = this.#credits;
    let best: One | null = null;
    let [bestCredit, total] = [Number.NEGATIVE_INFINITY, 0];
    for (const candidate of candidates) {
      const credit = (credits[candidate.ordinal] ?? 0) + candidate.weight;
      credits[candidate.ordinal] = credit;
      total += candidate.weight;
      if (credit <= bestCredit) continue;
      bestCredit = credit;
      best = candidate;
    }
    if (best !== null) credits[best.ordinal] = bestCredit - total;
    return best;
  }
}
