import { describe, expect, it } from 'vitest';
import { doubling, type RetrySchedule, retryDelayMs } from './retry-schedule.ts';

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
    expect(delays(SCHEDULE)).toEqual([200, 300, 450, 675, 1_013]);
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

describe('doubling', () => {
  it.each([
    { retry: 1, chance: 0, ms: 50, why: 'half of the first wait is certain' },
    { retry: 1, chance: 1, ms: 100, why: 'the first wait in full' },
    { retry: 2, chance: 1, ms: 200, why: 'it doubles' },
    { retry: 4, chance: 1, ms: 800, why: 'and doubles' },
    { retry: 5, chance: 1, ms: 1_000, why: 'up to the most' },
    { retry: 10_000, chance: 1, ms: 1_000, why: 'for ever' },
    { retry: 10_000, chance: 0, ms: 500, why: 'and is spread there as well' },
    { retry: 0, chance: 1, ms: 100, why: 'none counts as the first' },
  ])('waits $ms ms before retry $retry: $why', ({ retry, chance, ms }) => {
    expect(retryDelayMs(doubling(100, 1_000), retry, { next: () => chance })).toBe(ms);
  });
});
