/** Work that does not move for this long is shown as stalled. */
export const STALLED_MS = 30_000;

interface Motion {
  readonly lagBytes: number;
  readonly settledBatches: number;
  readonly inFlightSinceMs: number | null;
}

/** Tells, look by look, whether there is work and none of it was settled for a while. */
export class StallWatch {
  #settledBatches = -1;
  #workSinceMs: number | null = null;

  look({ lagBytes, settledBatches, inFlightSinceMs }: Motion, nowMs: number): boolean {
    const hasWork = lagBytes > 0 || inFlightSinceMs !== null;
    const hasMoved = settledBatches !== this.#settledBatches;
    this.#settledBatches = settledBatches;
    if (!hasWork) this.#workSinceMs = null;
    else if (hasMoved) this.#workSinceMs = inFlightSinceMs ?? nowMs;
    else this.#workSinceMs ??= inFlightSinceMs ?? nowMs;

    return this.#workSinceMs !== null && nowMs - this.#workSinceMs > STALLED_MS;
  }
}
