import { describe, expect, it } from 'vitest';
import { AppError } from '../../shared/kernel/errors.ts';
import { retryMs } from './delivery.ts';

describe('retryMs', () => {
  const random = { next: () => 0.5 };
  const waitMs = (askedMs?: unknown) =>
    retryMs(new AppError('unavailable', 'busy', { details: { retryAfterMs: askedMs } }), 1, random);

  it('waits as long as the sink asks for, within reason', () => {
    expect(waitMs(7_000)).toBe(7_000);
    expect(waitMs(86_400_000)).toBe(600_000);
  });

  it('waits no less than it would have anyway', () => {
    const ownMs = waitMs();

    expect(ownMs).toBeGreaterThan(0);
    expect(waitMs(0)).toBe(ownMs);
    expect(waitMs('soon')).toBe(ownMs);
  });
});
