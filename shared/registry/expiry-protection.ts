import type { Overdue } from '../stores/registry/registry-store.ts';
import type { Protection } from './registry-options.ts';

/**
 * How many instances may expire now. When more leases have ended at once than is likely by itself,
 * it is the way of the renewals that is broken, and nothing expires for a while; and never do many at
 * once, so that whoever loses instances has time to see it.
 */
export class ExpiryProtection {
  readonly #options: Protection;
  #sinceMs: number | null = null;
  #isHolding = false;

  constructor(options: Protection) {
    this.#options = options;
  }

  /** Whether nothing expires. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  allowed({ ended, leases }: Pick<Overdue, 'ended' | 'leases'>, monotonicMs: number): number {
    const { share, leastInstances, mostMs, shareOfRun } = this.#options;
    const isMass = ended > leastInstances && ended > share * leases;
    if (!isMass) this.#sinceMs = null;
    else this.#sinceMs ??= monotonicMs;
    this.#isHolding = this.#sinceMs !== null && monotonicMs - this.#sinceMs < mostMs;
    if (this.#isHolding) return 0;
    return Math.min(ended, Math.max(1, leastInstances, Math.ceil(leases * shareOfRun)));
  }
}
