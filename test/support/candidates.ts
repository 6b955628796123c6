import type { Balancer } from '../../shared/resilience/balancers/balancer.ts';
import { hashOf } from '../../shared/resilience/hash.ts';
import type { Candidate } from '../../shared/resilience/instance.ts';

/** What a balancer is asked to choose from: a, b, c ... in this order. */
export function candidates(...parts: readonly Partial<Candidate>[]): Candidate[] {
  return parts.map((part, ordinal) => {
    const id = part.id ?? String.fromCharCode(97 + ordinal);
    const fixed = { id, hash: hashOf(id), ordinal, weight: 1, zone: '', inFlight: 0 };
    return { ...fixed, latencyMs: null, latencyAtMs: 0, ...part };
  });
}

/** Who is picked, that many times one after another. */
export function picks(
  balancer: Balancer,
  among: readonly Candidate[],
  count: number,
  { key = null, nowMs = 0 }: { readonly key?: string | null; readonly nowMs?: number } = {},
): string[] {
  return Array.from({ length: count }, () => balancer.pick(among, key, nowMs)?.id ?? '');
}

/** How often each is among them, in the order of the IDs. */
export function shares(picked: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of picked) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}
