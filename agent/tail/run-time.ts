import { z } from 'zod';

/** Part of a day, in minutes of the clock on the wall; it may go over midnight. */
export interface RunTime {
  readonly fromMinute: number;
  readonly toMinute: number;
}

const HOURS = /^(\d{1,2})(?::(\d\d))?\s*-\s*(\d{1,2})(?::(\d\d))?$/;
const DAY_MINUTES = 24 * 60;

export const runTimeOption = z
  .string()
  .default('')
  .transform((text, check): RunTime | null => {
    if (text.trim() === '') return null;
    const time = runTimeOf(text.trim());
    if (time !== null) return time;
    check.addIssue('must be two times of a day such as "22-23" or "22:30-4:15"');
    return z.NEVER;
  });

/** Null: these are no times. */
function runTimeOf(text: string): RunTime | null {
  const [, hour, minute = '0', toHour, toMinute = '0'] = HOURS.exec(text) ?? [];
  const from = Number(hour) * 60 + Number(minute);
  const to = Number(toHour) * 60 + Number(toMinute);
  const areTimes = [from, to].every((time) => time >= 0 && time <= DAY_MINUTES);
  const areMinutes = [minute, toMinute].every((time) => Number(time) < 60);
  if (!areTimes || !areMinutes || from % DAY_MINUTES === to) return null;
  return { fromMinute: from % DAY_MINUTES, toMinute: to };
}

/** How long it is until that part of the day; 0 while it is. */
export function msUntilOpen({ fromMinute, toMinute }: RunTime, nowMs: number): number {
  const now = new Date(nowMs);
  const minute = now.getHours() * 60 + now.getMinutes();
  const isBehindStart = minute >= fromMinute;
  const isBeforeEnd = minute < toMinute;
  const isOpen =
    fromMinute < toMinute ? isBehindStart && isBeforeEnd : isBehindStart || isBeforeEnd;
  if (isOpen) return 0;
  const start = new Date(nowMs);
  start.setHours(0, fromMinute, 0, 0);
  if (start.getTime() <= nowMs) start.setDate(start.getDate() + 1);
  return Math.max(1, start.getTime() - nowMs);
}
