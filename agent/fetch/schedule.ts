import { createTask, parse, validate } from 'node-cron';
import { z } from 'zod';
import { goDurationMs } from '../../shared/domain/go-duration.ts';

/** When a reader that asks for its data does so. */
export type Schedule =
  /** Never after the start. */
  | { readonly kind: 'once' }
  /** At the start, and so long after each start of a round; a round that takes longer is followed at once. */
  | { readonly kind: 'loop'; readonly everyMs: number }
  /** At the times of a cron expression, by the local time of the machine. */
  | { readonly kind: 'cron'; readonly after: (nowMs: number) => number | null };

const LOOP = /^loop\b\s*/i;
const LOOP_MS_DEFAULT = 1_000;
const LOOP_MS_MIN = 10;
/** February 29th comes every eight years at the latest. */
const DAYS_MAX = 366 * 8;

/**
 * Of an option: empty, "loop", "loop 15s", a duration such as "15s", or a cron expression of five
 * or, with seconds first, six fields.
 */
export const scheduleOption = z
  .string()
  .default('')
  .transform((text, check): Schedule => {
    const schedule = scheduleOf(text.trim());
    if (schedule !== null) return schedule;
    check.addIssue(
      `${JSON.stringify(text)} says no times; write "loop 15s" or a cron expression such as "0 */5 * * * *"`,
    );
    return z.NEVER;
  });

/** Null when the text says no times. */
export function scheduleOf(text: string): Schedule | null {
  if (text === '') return { kind: 'once' };
  const every = text.replace(LOOP, '');
  const everyMs = every === '' ? LOOP_MS_DEFAULT : goDurationMs(every);
  if (everyMs !== null) return { kind: 'loop', everyMs: Math.max(everyMs, LOOP_MS_MIN) };
  return validate(text) ? { kind: 'cron', after: cronTimes(text) } : null;
}

/** The first time of the expression that is later than `nowMs`; null: there is none. */
function cronTimes(expression: string): (nowMs: number) => number | null {
  const { second, minute, hour, month } = parse(expression);
  const times = { hours: ascending(hour), minutes: ascending(minute), seconds: ascending(second) };
  const isDay = daysOf(expression);
  return (nowMs) => {
    const now = new Date(nowMs);
    for (let days = 0; days < DAYS_MAX; days += 1) {
      const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
      if (!month.includes(day.getMonth() + 1) || !isDay(day)) continue;
      const found = firstTime(day, times, nowMs);
      if (found !== null) return found;
    }
    return null;
  };
}

/** The fields for days have more forms than numbers; the library knows what they mean. */
function daysOf(expression: string): (day: Date) => boolean {
  const days = expression.trim().split(/\s+/).slice(-3).join(' ');
  // At noon, which no change of the clocks leaves out; it is never started.
  const task = createTask(`0 0 12 ${days}`, () => undefined);
  void task.destroy();
  return (day) => task.match(at(day, 12, 0, 0));
}

interface Times {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

function firstTime(day: Date, { hours, minutes, seconds }: Times, nowMs: number): number | null {
  for (const hour of hours) {
    if (at(day, hour, 59, 59).getTime() <= nowMs) continue;
    for (const minute of minutes) {
      if (at(day, hour, minute, 59).getTime() <= nowMs) continue;
      const second = seconds.find((value) => at(day, hour, minute, value).getTime() > nowMs);
      // An hour that the clocks leave out would come as another one.
      if (second === undefined || at(day, hour, minute, second).getHours() !== hour) continue;
      return at(day, hour, minute, second).getTime();
    }
  }
  return null;
}

function at(day: Date, hour: number, minute: number, second: number): Date {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour, minute, second);
}

function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}
