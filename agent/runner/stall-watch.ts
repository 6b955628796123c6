/** Work that does not move for this long is shown as stalled. */
export const STALLED_MS = 30_000;
/**
 * Fewer unread bytes than this are a last line that is still being written, not work, unless
 * something is known to be wrong.
 */
export const UNFINISHED_BYTES_MAX = 1024 * 1024;

interface Motion {
  readonly lagBytes: number;
  readonly isResting: boolean;
  readonly trouble: string | null;
  readonly settledBatches: number;
  /** Monotonic; null when no batch is in flight. */
  readonly inFlightSinceMs: number | null;
}

/** Tells, look by look, whether there is work and none of it was settled for a while. */
export class StallWatch {
  readonly #patienceMs: number;
  #settledBatches = -1;
  #workSinceMs: number | null = null;

  /** `lingerMs`: how long the runner may let an unfilled batch wait for more lines. */
  constructor(lingerMs: number) {
    this.#patienceMs = STALLED_MS + lingerMs;
  }

  look(motion: Motion, nowMs: number): boolean {
    const { settledBatches, inFlightSinceMs } = motion;
    const hasMoved = settledBatches !== this.#settledBatches;
    this.#settledBatches = settledBatches;
    if (!hasWork(motion)) this.#workSinceMs = null;
    else if (hasMoved) this.#workSinceMs = inFlightSinceMs ?? nowMs;
    else this.#workSinceMs ??= inFlightSinceMs ?? nowMs;

    return this.#workSinceMs !== null && nowMs - this.#workSinceMs > this.#patienceMs;
  }
}

function hasWork({ lagBytes, isResting, trouble, inFlightSinceMs }: Motion): boolean {
  if (inFlightSinceMs !== null) return true;
  if (isResting) return false;
  return trouble === null ? lagBytes >= UNFINISHED_BYTES_MAX : lagBytes > 0;
}
