import { textHash } from './text-hash.ts';

interface QuotaLimits {
  /** So many are let through of each window. */
  readonly quota: number;
  /** So many windows are remembered; the oldest are forgotten. */
  readonly windowsMax: number;
  /** So many records that were let through are remembered. */
  readonly admittedMax: number;
}

/**
 * Lets through the first few of what belongs together, a window. A record that was let through once
 * is let through whenever it comes again, as long as it is remembered: a batch that is processed
 * twice, for a retry or for another sender, loses nothing to its first time. What is forgotten may
 * come through once more; it is never held back for that.
 */
export class Quotas {
  readonly #limits: QuotaLimits;
  /** In the order in which they were begun. */
  readonly #counts = new Map<string, number>();
  readonly #admitted = new Set<number>();

  constructor(limits: QuotaLimits) {
    this.#limits = limits;
  }

  /** `id` is the record's own; undefined: it has none, and never comes again. */
  admits(window: string, id: string | undefined): boolean {
    const hash = id === undefined ? undefined : textHash(id);
    if (hash !== undefined && this.#admitted.has(hash)) return true;
    const count = this.#counts.get(window) ?? 0;
    const { quota, windowsMax, admittedMax } = this.#limits;
    if (count >= quota) return false;
    this.#counts.set(window, count + 1);
    forgetOldest(this.#counts, windowsMax);
    if (hash !== undefined) this.#admitted.add(hash);
    forgetOldest(this.#admitted, admittedMax);
    return true;
  }
}

/** Of maps and sets the first is the one that was added first. */
function forgetOldest<Key>(known: Map<Key, unknown> | Set<Key>, max: number): void {
  if (known.size <= max) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}
