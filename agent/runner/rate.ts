import type { Trend } from '../../shared/domain/runner-status.ts';

const INTERVAL_MS_MIN = 3_000;

export interface Speed {
  /** A whole number a second. */
  readonly perSecond: number;
  readonly trend: Trend;
}

/**
 * How fast a counter grows, over the time between two looks that are at least 3 s apart (contract
 * section 9). Looks in between see the figure of the last interval.
 */
export class Rate {
  #count: number;
  #atMs: number;
  #speed: Speed = { perSecond: 0, trend: '' };

  constructor(count: number, nowMs: number) {
    this.#count = count;
    this.#atMs = nowMs;
  }

  look(count: number, nowMs: number): Speed {
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs < INTERVAL_MS_MIN) return this.#speed;

    const perSecond = Math.max(0, Math.round(((count - this.#count) * 1000) / elapsedMs));
    this.#speed = { perSecond, trend: trendOf(this.#speed.perSecond, perSecond) };
    this.#count = count;
    this.#atMs = nowMs;
    return this.#speed;
  }
}

function trendOf(before: number, now: number): Trend {
  if (now > before) return 'up';
  return now < before ? 'down' : 'stable';
}
