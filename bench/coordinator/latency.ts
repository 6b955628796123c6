import type { BenchContext } from '../support/bench-case.ts';
import { type Contender, lived } from './contender.ts';

/** How long claims take, where whoever has claimed one partition is busy with it for a while. */
export async function latencyFigures(contender: Contender, pile: string, context: BenchContext) {
  const { claimsMs, seconds } = await lived(contender, pile, context);
  const sorted = Float64Array.from(claimsMs).sort();
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  return {
    claim_p50_ms: at(0.5),
    claim_p99_ms: at(0.99),
    lives_per_s: contender.lives / seconds,
  };
}
