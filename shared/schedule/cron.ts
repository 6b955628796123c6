import { once } from 'node:events';
import { schedule, validate } from 'node-cron';
import { goDurationMs } from '../domain/go-duration.ts';
import { AppError } from '../kernel/errors.ts';

interface EveryOptions {
  /** Ends the schedule; a task at work gets it, too. */
  readonly signal: AbortSignal;
  /** Told what a task threw; the schedule goes on. */
  readonly onError: (thrown: unknown) => void;
}

interface Ticks {
  /** A cron expression with seconds. */
  readonly expression: string;
  /** The task is due at every so many ticks. */
  readonly each: number;
}

/**
 * The scheduler would write to the console; what is worth telling is told by `onError`. A tick that
 * comes late because the process was busy is no news.
 */
const SILENT = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

/**
 * Runs a task at the times of a cron expression (`0 3 * * *`, `0,30 * * * * *`), in local time, or
 * every so often (`10m`, at least `1s`), until the signal aborts; resolves when the last run has
 * ended. Runs never overlap: a time that comes while the task is at work is left out.
 *
 * @throws AppError `invalid` when `when` is neither.
 */
export async function every(
  when: string,
  task: (signal: AbortSignal) => Promise<void>,
  { signal, onError }: EveryOptions,
): Promise<void> {
  const { expression, each } = ticksOf(when);
  if (signal.aborted) return;

  let ticks = 0;
  let isBusy = false;
  let run = Promise.resolve();
  const start = () => {
    ticks += 1;
    if (ticks % each !== 0 || isBusy) return;
    isBusy = true;
    run = task(signal)
      .catch(onError)
      .finally(() => (isBusy = false));
  };

  const scheduled = schedule(expression, start, { logger: SILENT, suppressMissedWarning: true });
  await once(signal, 'abort');
  await scheduled.destroy();
  await run;
}

/**
 * Cron knows only what divides a minute, an hour or a day evenly. Any other duration is counted in
 * ticks of the longest such span that divides it: 90 s is every third tick of 30 s.
 *
 * @throws AppError `invalid` when `when` is neither a cron expression nor a duration of a second or more.
 */
export function ticksOf(when: string): Ticks {
  const ms = goDurationMs(when);
  if (ms === null && validate(when)) return { expression: when, each: 1 };
  if (ms === null || ms < 1_000) {
    throw new AppError(
      'invalid',
      `${JSON.stringify(when)} says no times; write a duration such as "10m" or a cron expression such as "0 3 * * *"`,
    );
  }

  const seconds = Math.round(ms / 1_000);
  if (seconds % 3_600 === 0) return ticks(seconds / 3_600, 24, (hours) => `0 0 ${hours} * * *`);
  if (seconds % 60 === 0) return ticks(seconds / 60, 60, (minutes) => `0 ${minutes} * * * *`);
  return ticks(seconds, 60, (span) => `${span} * * * * *`);
}

function ticks(span: number, circle: number, expressionOf: (field: string) => string): Ticks {
  const tick = greatestCommonDivisor(span, circle);
  return { expression: expressionOf(tick === circle ? '0' : `*/${tick}`), each: span / tick };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
