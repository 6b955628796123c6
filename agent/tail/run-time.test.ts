import { describe, expect, it } from 'vitest';
import { msUntilOpen, runTimeOption } from './run-time.ts';

/** A time of a day in winter, by the clock on the wall. */
function at(hour: number, minute = 0): number {
  return new Date(2026, 0, 15, hour, minute).getTime();
}

describe('run_time', () => {
  it.each([
    { text: '22-23', now: at(22), waits: 0, why: 'at its beginning' },
    { text: '22-23', now: at(22, 59), waits: 0, why: 'before its end' },
    { text: '22-23', now: at(23), waits: 23, why: 'at its end' },
    { text: '22-23', now: at(9), waits: 13, why: 'hours before it' },
    { text: '22:30 - 4:15', now: at(4, 14), waits: 0, why: 'after midnight' },
    { text: '22:30-4:15', now: at(4, 30), waits: 18, why: 'after its end after midnight' },
    { text: '20-24', now: at(23, 59), waits: 0, why: 'in the last minute of the day' },
    { text: '0-24', now: at(0), waits: 0, why: 'at any time' },
  ])('$text waits $waits h $why', ({ text, now, waits }) => {
    const time = runTimeOption.parse(text);

    expect(time && msUntilOpen(time, now)).toBe(waits * 3_600_000);
  });

  it('is any time when it is empty', () => {
    expect(runTimeOption.parse('')).toBeNull();
  });

  it.each(['22', '22-22', '24-0', '25-26', '22:60-23', 'night'])('refuses %s', (text) => {
    expect(runTimeOption.safeParse(text).error?.issues[0]?.message).toMatch(/^must be two times/);
  });
});
