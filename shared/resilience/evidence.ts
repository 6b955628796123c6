/** What speaks for or against an instance; which failures count is decided before. */
export interface Evidence {
  success(nowMs: number): void;
  failure(nowMs: number): void;
  verdict(nowMs: number): Verdict;
  /** What was known is forgotten: it begins anew. */
  reset(): void;
}

export type Verdict = 'well' | 'suspect' | 'ill';

interface ConsecutiveOptions {
  /** Within this time. */
  readonly windowMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** Ill after so many failures without enough successes between them: of calls, or of health checks. */
export class ConsecutiveFailures implements Evidence {
  readonly #options: ConsecutiveOptions;
  #failures = 0;
  #successes = 0;
  #failedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ConsecutiveOptions) {
    this.#options = options;
  }

  success(): void {
    if (this.#failures === 0) return;
    this.#successes += 1;
    if (this.#successes >= this.#options.successThreshold) this.reset();
  }

  failure(nowMs: number): void {
    if (nowMs - this.#failedMs > this.#options.windowMs) this.#failures = 0;
    this.#failures += 1;
    this.#successes = 0;
    this.#failedMs = nowMs;
  }

  verdict(nowMs: number): Verdict {
    if (this.#failures === 0 || nowMs - this.#failedMs > this.#options.windowMs) return 'well';
    return this.#failures >= this.#options.failureThreshold ? 'ill' : 'suspect';
  }

  reset(): void {
    this.#failures = 0;
    this.#successes = 0;
  }
}

/** So many outcomes are looked at, those of the window. */
const SAMPLES_MAX = 100;
const ILL = { share: 0.5, samples: 10 } as const;
const SUSPECT = { share: 0.2, samples: 5 } as const;

/** Ill when more than half of the last outcomes are failures. */
export class ErrorRate implements Evidence {
  readonly #windowMs: number;
  /** A ring: when each of the last outcomes was, and whether it was a failure. */
  readonly #atMs = new Float64Array(SAMPLES_MAX);
  readonly #isFailure = new Uint8Array(SAMPLES_MAX);
  #oldest = 0;
  #samples = 0;
  #failures = 0;

  constructor({ windowMs }: { readonly windowMs: number }) {
    this.#windowMs = windowMs;
  }

  success(nowMs: number): void {
    this.#add(nowMs, 0);
  }

  failure(nowMs: number): void {
    this.#add(nowMs, 1);
  }

  verdict(nowMs: number): Verdict {
    while (this.#samples > 0 && nowMs - (this.#atMs[this.#oldest] ?? 0) > this.#windowMs) {
      this.#dropOldest();
    }
    if (this.#failures === 0) return 'well';
    const share = this.#failures / this.#samples;
    if (this.#samples >= ILL.samples && share > ILL.share) return 'ill';
    return this.#samples >= SUSPECT.samples && share > SUSPECT.share ? 'suspect' : 'well';
  }

  reset(): void {
    this.#samples = 0;
    this.#failures = 0;
  }

  #add(nowMs: number, isFailure: 0 | 1): void {
    if (this.#samples === SAMPLES_MAX) this.#dropOldest();
    const at = (this.#oldest + this.#samples) % SAMPLES_MAX;
    this.#atMs[at] = nowMs;
    this.#isFailure[at] = isFailure;
    this.#samples += 1;
    this.#failures += isFailure;
  }

  #dropOldest(): void {
    this.#failures -= this.#isFailure[this.#oldest] ?? 0;
    this.#oldest = (this.#oldest + 1) % SAMPLES_MAX;
    this.#samples -= 1;
  }
}
