import fc from 'fast-check';
import { parse } from 'node-cron';
import { describe, expect, it } from 'vitest';
import { scheduleOf } from './schedule.ts';

describe('scheduleOf', () => {
  it.each([
    { text: '', schedule: { kind: 'once' } },
    { text: 'loop', schedule: { kind: 'loop', everyMs: 1_000 } },
    { text: 'loop 15s', schedule: { kind: 'loop', everyMs: 15_000 } },
    { text: 'LOOP 1h30m', schedule: { kind: 'loop', everyMs: 5_400_000 } },
    { text: '250ms', schedule: { kind: 'loop', everyMs: 250 } },
    { text: 'loop 0s', schedule: { kind: 'loop', everyMs: 10 } },
  ])('reads $text', ({ text, schedule }) => {
    expect(scheduleOf(text)).toEqual(schedule);
  });

  it.each(['often', 'loop often', '61 * * * *', '* * * *', 'loops', '0 0 30 2 *'])(
    'refuses %j',
    (text) => {
      expect(scheduleOf(text)).toBeNull();
    },
  );

  it.each([
    { cron: '00 10 * * * *', now: '2024-05-06T10:09:59', next: '2024-05-06T10:10:00' },
    { cron: '00 10 * * * *', now: '2024-05-06T10:10:00', next: '2024-05-06T11:10:00' },
    { cron: '*/5 * * * *', now: '2024-12-31T23:56:00', next: '2025-01-01T00:00:00' },
    { cron: '0 3 * * 1', now: '2024-05-06T03:00:00', next: '2024-05-13T03:00:00' },
    { cron: '0 0 29 2 *', now: '2024-03-01T00:00:00', next: '2028-02-29T00:00:00' },
    { cron: '0 12 L * *', now: '2024-02-01T00:00:00', next: '2024-02-29T12:00:00' },
    { cron: '15,45 30 8-9 * jan mon', now: '2024-01-01T09:30:45', next: '2024-01-08T08:30:15' },
  ])('finds that $cron is due at $next after $now', ({ cron, now, next }) => {
    const nextMs = after(cron)(new Date(now).getTime());

    expect(nextMs).toBe(new Date(next).getTime());
  });

  it('finds the first time later than now that the fields allow', () => {
    const field = (max: number) => fc.oneof(fc.constant('*'), fc.nat(max).map(String));
    const cron = fc
      .tuple(field(59), field(59), field(23))
      .map(([s, m, h]) => `${s} ${m} ${h} * * *`);
    const now = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2030, 0, 1) });

    fc.assert(
      fc.property(cron, now, (text, nowMs) => {
        const nextMs = after(text)(nowMs) ?? 0;
        const { second, minute, hour } = parse(text);
        const isMeant = (ms: number) => {
          const date = new Date(ms);
          return (
            second.includes(date.getSeconds()) &&
            minute.includes(date.getMinutes()) &&
            hour.includes(date.getHours())
          );
        };
        expect(isMeant(nextMs)).toBe(true);
        expect(nextMs).toBeGreaterThan(nowMs);
        // A whole day would take too long.
        const firstMs = Math.floor(nowMs / 1_000) * 1_000 + 1_000;
        for (let ms = Math.max(firstMs, nextMs - 1_000_000); ms < nextMs; ms += 1_000)
          if (isMeant(ms)) throw new Error(`${text} is due at ${ms}, before ${nextMs}`);
      }),
      { numRuns: 20 },
    );
  });
});

function after(text: string): (nowMs: number) => number | null {
  const schedule = scheduleOf(text);
  if (schedule?.kind !== 'cron') throw new Error(`${text} is no cron expression`);
  return schedule.after;
}
