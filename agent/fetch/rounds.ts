import type { Clock } from '../../shared/kernel/clock.ts';
import type { Schedule } from './schedule.ts';

/** A wall clock that is set meanwhile is noticed after so long. */
const LOOK_MS = 30_000;
const FOREVER_MS = 24 * 3_600_000;

interface RoundsOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A round at the start, whatever the schedule says; a loop has one anyway. */
  readonly onStart: boolean;
}

/**
 * Tells when a round is due. What is due while the caller is still at work is left out: rounds
 * never overlap and never pile up.
 */
export class Rounds {
  readonly #schedule: Schedule;
  readonly #options: RoundsOptions;
  #startedMs: number;
  #isFirst: boolean;

  constructor(schedule: Schedule, options: RoundsOptions) {
    this.#schedule = schedule;
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
    this.#isFirst = options.onStart || schedule.kind === 'loop';
  }

  /** Resolves with true when a round is due, and with false when the signal has aborted. */
  async next(): Promise<boolean> {
    const { clock, signal } = this.#options;
    let isDue = this.#isFirst;
    this.#isFirst = false;
    while (!isDue && !signal.aborted)
      isDue = await due(this.#schedule, this.#startedMs, this.#options);
    this.#startedMs = clock.monotonicMs();
    return !signal.aborted;
  }
}

/** Waits for the next time, or for the end; false: look again. */
async function due(
  schedule: Schedule,
  startedMs: number,
  { clock, signal }: Pick<RoundsOptions, 'clock' | 'signal'>,
): Promise<boolean> {
  switch (schedule.kind) {
    case 'once':
      await clock.sleep(FOREVER_MS, signal);
      return false;
    case 'loop':
      await clock.sleep(Math.max(0, startedMs + schedule.everyMs - clock.monotonicMs()), signal);
      return true;
    case 'cron': {
      const dueMs = schedule.after(clock.now());
      while (dueMs !== null && !signal.aborted) {
        const restMs = dueMs - clock.now();
        if (restMs <= 0) return true;
        await clock.sleep(Math.min(restMs, LOOK_MS), signal);
        // The clock was set back: another time comes first.
        if (dueMs - clock.now() > restMs) return false;
      }
      await clock.sleep(FOREVER_MS, signal);
      return false;
    }
  }
}
