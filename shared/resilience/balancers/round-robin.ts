import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/** One after another, in their order; who is not there for a while loses only its turns. */
export class RoundRobinBalancer implements Balancer {
  #last = -1;

  pick<One extends Candidate>(candidates: readonly One[]): One | null {
    const picked = candidates[firstAfter(candidates, this.#last)] ?? candidates[0] ?? null;
    if (picked !== null) this.#last = picked.ordinal;
    return picked;
  }
}

/** Where the first one stands whose ordinal is greater; candidates are in that order. */
function firstAfter(candidates: readonly Candidate[], ordinal: number): number {
  let [low, high] = [0, candidates.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((candidates[middle]?.ordinal ?? 0) > ordinal) high = middle;
    else low = middle + 1;
  }
  return low;
}
