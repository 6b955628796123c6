import type { Candidate } from '../instance.ts';

/**
 * Chooses who gets a call, among those that may get one. That one which comes back gets less is seen
 * to before: it is not always among them.
 */
export interface Balancer {
  /** `key`: what the call is about, for balancers that keep to an instance by it. Null: there is nobody. */
  pick<One extends Candidate>(
    candidates: readonly One[],
    key: string | null,
    nowMs: number,
  ): One | null;
}
