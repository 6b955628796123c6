import type { Clock } from '../kernel/clock.ts';

interface HedgeParts<Outcome extends { readonly ok: boolean }> {
  readonly clock: Clock;
  /** So long an answer may take before one more attempt is begun beside those that are on their way. */
  readonly delayMs: number;
  /** Besides the first one. */
  readonly max: number;
  /** Begins one; it never rejects. Null: no more may be. */
  readonly begin: (nth: number) => Promise<Outcome> | null;
  readonly signal: AbortSignal;
}

/** The first attempt that succeeds, or the last of them that fails; null: none was begun. */
export async function firstSuccess<Outcome extends { readonly ok: boolean }>(
  parts: HedgeParts<Outcome>,
): Promise<Outcome | null> {
  const running = new Map<number, Promise<{ readonly nth: number; readonly outcome: Outcome }>>();
  const begin = (nth: number): boolean => {
    const outcome = parts.begin(nth);
    if (outcome === null) return false;
    running.set(
      nth,
      outcome.then((ended) => ({ nth, outcome: ended })),
    );
    return true;
  };
  let next = begin(0) ? 1 : Number.POSITIVE_INFINITY;
  let last: Outcome | null = null;
  while (running.size > 0) {
    const late = next <= parts.max ? [parts.clock.sleep(parts.delayMs, parts.signal)] : [];
    const first = await Promise.race([...running.values(), ...late]);
    if (first === undefined) {
      next = begin(next) ? next + 1 : Number.POSITIVE_INFINITY;
    } else {
      if (first.outcome.ok) return first.outcome;
      last = first.outcome;
      running.delete(first.nth);
    }
  }
  return last;
}
