import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../shared/kernel/errors.ts';

const SECOND_MS = 1_000;
/** In so long steps it is looked whether the server has its share again. */
const STEP_MS = 250;
/** Of the calls that it had before. */
const SHARE_LEAST = 0.75;

/** When what was done to the server, in ms of the epoch. */
export interface KillMoments {
  readonly killedMs: number;
  /** It listened again. */
  readonly backMs: number;
}

/** Callers that call on and on, and what became of each call. Times are ms of the epoch. */
export class KillLoad {
  readonly #call: () => Promise<string>;
  readonly #killed: string;
  readonly #beganMs: number[] = [];
  readonly #endedMs: number[] = [];
  /** The same of those alone that the server answered which is killed. */
  readonly #killedBeganMs: number[] = [];
  readonly #killedEndedMs: number[] = [];
  #failed = 0;
  #lastError = '';
  #isOver = false;
  readonly #callers: Promise<unknown>;

  /** `call` gives the address of who answered; `killed` is that of the server that is killed. */
  constructor(call: () => Promise<string>, killed: string, callers: number) {
    this.#call = call;
    this.#killed = killed;
    this.#callers = Promise.all(Array.from({ length: callers }, () => this.#callOnAndOn()));
  }

  /** Ends it when the server has its share again, or when `atMostMs` have passed since it was back. */
  async end(moments: KillMoments, atMostMs: number): Promise<Record<string, number>> {
    while (this.#shareAgainMs(moments) === null && nowMs() < moments.backMs + atMostMs) {
      await delay(STEP_MS);
    }
    this.#isOver = true;
    await this.#callers;
    return this.#figures(moments, atMostMs);
  }

  async #callOnAndOn(): Promise<void> {
    while (!this.#isOver) {
      const beganMs = nowMs();
      try {
        const by = await this.#call();
        const endedMs = nowMs();
        this.#beganMs.push(beganMs);
        this.#endedMs.push(endedMs);
        if (by !== this.#killed) continue;
        this.#killedBeganMs.push(beganMs);
        this.#killedEndedMs.push(endedMs);
      } catch (thrown) {
        this.#failed += 1;
        this.#lastError = messageOf(thrown);
      }
    }
  }

  #figures(moments: KillMoments, atMostMs: number): Record<string, number> {
    const { killedMs, backMs } = moments;
    if (this.#lastError !== '') process.stderr.write(`a call failed: ${this.#lastError}\n`);
    const before = this.#tookMs(
      (beganMs, endedMs) => beganMs >= killedMs - SECOND_MS && endedMs < killedMs,
    );
    // Those that were on their way to it are among them.
    const after = this.#tookMs(
      (beganMs, endedMs) => endedMs >= killedMs && beganMs < killedMs + SECOND_MS,
    );
    const first = this.#killedBeganMs.find((beganMs) => beganMs >= backMs);
    return {
      failed_calls: this.#failed,
      p99_before_ms: p99(before),
      p99_rise_ms: p99(after) - p99(before),
      slowest_after_ms: after.at(-1) ?? Number.NaN,
      first_call_again_ms: first === undefined ? atMostMs : first - backMs,
      share_again_ms: this.#shareAgainMs(moments) ?? atMostMs,
    };
  }

  #tookMs(counts: (beganMs: number, endedMs: number) => boolean): Float64Array {
    const took: number[] = [];
    for (const [nth, beganMs] of this.#beganMs.entries()) {
      const endedMs = this.#endedMs[nth] ?? Number.NaN;
      if (counts(beganMs, endedMs)) took.push(endedMs - beganMs);
    }
    return Float64Array.from(took).sort();
  }

  /** Null: it has not. */
  #shareAgainMs({ killedMs, backMs }: KillMoments): number | null {
    const wanted = SHARE_LEAST * this.#shareOf(killedMs - SECOND_MS, killedMs);
    for (let endMs = backMs + STEP_MS; endMs <= nowMs(); endMs += STEP_MS) {
      if (this.#shareOf(endMs - STEP_MS, endMs) >= wanted) return endMs - backMs;
    }
    return null;
  }

  #shareOf(fromMs: number, toMs: number): number {
    return countIn(this.#killedEndedMs, fromMs, toMs) / countIn(this.#endedMs, fromMs, toMs);
  }
}

/** Of what is in order. */
function countIn(sortedMs: readonly number[], fromMs: number, toMs: number): number {
  let count = 0;
  for (let nth = sortedMs.length - 1; nth >= 0; nth -= 1) {
    const atMs = sortedMs[nth] ?? 0;
    if (atMs < fromMs) break;
    if (atMs < toMs) count += 1;
  }
  return count;
}

function p99(sorted: Float64Array): number {
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
}

export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
