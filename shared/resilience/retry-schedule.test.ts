import { describe, expect, it } from 'vitest';
import { type RetrySchedule, retryDelayMs } from './retry-schedule.ts';

const SCHEDULE: RetrySchedule = {
  strategy: 'exponential',
  intervalMs: 200,
  maxDelayMs: 5_000,
  backoff: 1.5,
  jitter: 0.2,
};
const half = { next: () => 0.5 };

function delays(schedule: RetrySchedule, random = half): number[] {
  return [1, 2, 3, 4, 5].map((retry) => retryDelayMs(schedule, retry, random));
}

describe('retryDelayMs', () => {
  it('V5: grows by a factor that is no whole number', () => {
    expect(delays(SCHEDULE)).toEqual([200, 300, 450, 675, 1_012.5]);
  });

  it('stays the same where it is simple', () => {
    expect(delays({ ...SCHEDULE, strategy: 'simple' })).toEqual([200, 200, 200, 200, 200]);
  });

  it.each([
    { chance: 0, first: 160, why: 'a fifth shorter' },
    { chance: 0.5, first: 200, why: 'as it is' },
    { chance: 1, first: 240, why: 'a fifth longer' },
  ])('is spread by chance where it is jittered: $why', ({ chance, first }) => {
    const [wait] = delays({ ...SCHEDULE, strategy: 'jittered' }, { next: () => chance });
    expect(wait).toBeCloseTo(first);
  });

  it.each(['simple', 'exponential', 'jittered'] as const)(
    'never exceeds its most (%s)',
    (strategy) => {
      const schedule = { ...SCHEDULE, strategy, intervalMs: 9_000 };
      expect(retryDelayMs(schedule, 10_000, { next: () => 1 })).toBe(5_000);
    },
  );

  it('is nothing for ever where the interval is nothing', () => {
    expect(retryDelayMs({ ...SCHEDULE, intervalMs: 0, backoff: 10 }, 10_000, half)).toBe(0);
  });
});
