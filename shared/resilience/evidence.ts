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
  /** A ring: when each of the last outcomes was, below 0 for a failure's. */
  readonly #outcomes = new Float64Array(SAMPLES_MAX);
  #next = 0;
  #count = 0;

  constructor({ windowMs }: { readonly windowMs: number }) {
    this.#windowMs = windowMs;
  }

  success(nowMs: number): void {
    this.#add(nowMs);
  }

  failure(nowMs: number): void {
    this.#add(-nowMs);
  }

  verdict(nowMs: number): Verdict {
    let [samples, failures] = [0, 0];
    for (let nth = 0; nth < this.#count; nth += 1) {
      const at = this.#outcomes[nth] ?? 0;
      if (nowMs - Math.abs(at) > this.#windowMs) continue;
      samples += 1;
      if (at < 0) failures += 1;
    }
    if (samples >= ILL.samples && failures > ILL.share * samples) return 'ill';
    return samples >= SUSPECT.samples && failures > SUSPECT.share * samples ? 'suspect' : 'well';
  }

  reset(): void {
    this.#count = 0;
    this.#next = 0;
  }

  #add(value: number): void {
    this.#outcomes[this.#next] = value;
    this.#next = (this.#next + 1) % SAMPLES_MAX;
    this.#count = Math.min(SAMPLES_MAX, this.#count + 1);
  }
}
