import type { RandomSource } from '../../kernel/random.ts';
import type { Candidate } from '../instance.ts';
import { fadedMs } from '../latency.ts';
import type { Balancer } from './balancer.ts';

/**
 * The better of two taken by chance, by how long it answers times what it has to do. Chance keeps
 * clients from all going to the same one; and what is known of one that gets no calls fades, so that
 * it is tried again.
 */
export class FastestResponseBalancer implements Balancer {
  readonly #random: RandomSource;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  pick<One extends Candidate>(
    candidates: readonly One[],
    _key: string | null,
    nowMs: number,
  ): One | null {
    const count = candidates.length;
    if (count < 2) return candidates[0] ?? null;
    const at = Math.floor(this.#random.next() * count);
    const one = candidates[at];
    const other = candidates[(at + 1 + Math.floor(this.#random.next() * (count - 1))) % count];
    if (one === undefined || other === undefined) return null;
    return costOf(other, nowMs) < costOf(one, nowMs) ? other : one;
  }
}

/** What was measured so long ago is not known any more. */
const STALE_MS = 10_000;
/** One of which nothing is known is tried, but not by all before it has answered once. */
const UNKNOWN_MS = 1_000;

export function costOf(candidate: Candidate, nowMs: number): number {
  const { latencyMs, latencyAtMs, inFlight, weight } = candidate;
  if (latencyMs === null || nowMs - latencyAtMs > STALE_MS) return (UNKNOWN_MS * inFlight) / weight;
  return (fadedMs(latencyMs, nowMs - latencyAtMs) * (inFlight + 1)) / weight;
}
