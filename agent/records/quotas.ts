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
  readonly #quota: number;
  /** In the order in which they were begun. */
  readonly #counts = new Map<string, number>();
  readonly #admitted = new Set<number>();
  readonly #windows: OldestFirst<string>;
  readonly #records: OldestFirst<number>;

  constructor({ quota, windowsMax, admittedMax }: QuotaLimits) {
    this.#quota = quota;
    this.#windows = new OldestFirst(this.#counts, windowsMax);
    this.#records = new OldestFirst(this.#admitted, admittedMax);
  }

  /** `id` is the record's own; undefined: it has none, and never comes again. */
  admits(window: string, id: string | undefined): boolean {
    const hash = id === undefined ? undefined : textHash(id);
    if (hash !== undefined && this.#admitted.has(hash)) return true;
    const count = this.#counts.get(window) ?? 0;
    if (count >= this.#quota) return false;
    this.#counts.set(window, count + 1);
    this.#windows.forget();
    if (hash !== undefined) this.#admitted.add(hash);
    this.#records.forget();
    return true;
  }
}

/**
 * Forgets what was added first. One iterator goes along all the while: a new one would have to pass
 * by all that was deleted before.
 */
class OldestFirst<Key> {
  readonly #known: Map<Key, unknown> | Set<Key>;
  readonly #max: number;
  readonly #keys: Iterator<Key>;

  constructor(known: Map<Key, unknown> | Set<Key>, max: number) {
    this.#known = known;
    this.#max = max;
    this.#keys = known.keys();
  }

  /** One, when there are more than there may be. */
  forget(): void {
    if (this.#known.size <= this.#max) return;
    const oldest = this.#keys.next();
    if (oldest.done !== true) this.#known.delete(oldest.value);
  }
}
