import type { RandomSource } from '../../kernel/random.ts';
import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/** Anybody, with the same chance for all. */
export class RandomBalancer implements Balancer {
  readonly #random: RandomSource;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  pick<One extends Candidate>(candidates: readonly One[]): One | null {
    return candidates[Math.floor(this.#random.next() * candidates.length)] ?? null;
  }
}
