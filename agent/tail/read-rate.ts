const MIB = 1024 * 1024;
const MS_PER_SECOND = 1000;

/** Keeps reading below so many MiB a second; what was read too fast is waited for afterwards. */
export class ReadRate {
  readonly #bytesPerMs: number;
  #readyMs = Number.NEGATIVE_INFINITY;

  /** 0 means no limit. */
  constructor(mibPerSecond: number) {
    this.#bytesPerMs = (mibPerSecond * MIB) / MS_PER_SECOND;
  }

  /** From this moment on (monotonic clock) more may be read. */
  get readyMs(): number {
    return this.#readyMs;
  }

  spend(bytes: number, nowMs: number): void {
    if (this.#bytesPerMs === 0) return;
    this.#readyMs = Math.max(this.#readyMs, nowMs) + bytes / this.#bytesPerMs;
  }
}
