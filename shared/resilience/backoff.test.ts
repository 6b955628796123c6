import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const SCHEDULE = { firstMs: 100, maxMs: 1000 };

describe('backoffMs', () => {
  it.each([
    { failures: 1, chance: 0, ms: 50, why: 'half of the first wait is certain' },
    { failures: 1, chance: 1, ms: 100, why: 'the first wait in full' },
    { failures: 2, chance: 1, ms: 200, why: 'it doubles' },
    { failures: 4, chance: 1, ms: 800, why: 'and doubles' },
    { failures: 5, chance: 1, ms: 1000, why: 'up to the cap' },
    { failures: 10_000, chance: 1, ms: 1000, why: 'for ever' },
    { failures: 0, chance: 1, ms: 100, why: 'no failure counts as the first' },
  ])('waits $ms ms after failure $failures: $why', ({ failures, chance, ms }) => {
    expect(backoffMs(SCHEDULE, failures, { next: () => chance })).toBe(ms);
  });
});
