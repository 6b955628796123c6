import type { Candidate } from '../instance.ts';
import type { Balancer } from './balancer.ts';

/** Those of the caller's own zone as long as there are any; who of them, another balancer says. */
export class ZoneFirstBalancer implements Balancer {
  readonly #zone: string;
  readonly #among: Balancer;

  constructor(zone: string, among: Balancer) {
    this.#zone = zone;
    this.#among = among;
  }

  pick<One extends Candidate>(
    candidates: readonly One[],
    key: string | null,
    nowMs: number,
  ): One | null {
    const near = candidates.filter((candidate) => candidate.zone === this.#zone);
    return this.#among.pick(near.length > 0 ? near : candidates, key, nowMs);
  }
}
