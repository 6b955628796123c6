import { describe, expect, it } from 'vitest';
import { retryAfterMs } from './retry-after.ts';

describe('retryAfterMs', () => {
  const nowMs = Date.UTC(2024, 0, 2, 3, 4, 5);

  it.each([
    { header: '120', waitMs: 120_000 },
    { header: ' 0 ', waitMs: 0 },
    { header: 'Tue, 02 Jan 2024 03:04:15 GMT', waitMs: 10_000 },
    { header: 'Tue, 02 Jan 2024 03:04:00 GMT', waitMs: 0 },
    { header: '-1', waitMs: null },
    { header: 'later', waitMs: null },
    { header: undefined, waitMs: null },
  ])('takes $header for $waitMs', ({ header, waitMs }) => {
    expect(retryAfterMs(header, nowMs)).toBe(waitMs);
  });
});
