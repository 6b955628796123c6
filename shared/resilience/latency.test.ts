import { describe, expect, it } from 'vitest';
import { fadedMs, peakAverageMs } from './latency.ts';

describe('peakAverageMs', () => {
  it('takes the first answer, and every peak, as it is', () => {
    expect([peakAverageMs(null, 5, 0), peakAverageMs(5, 80, 1)]).toEqual([5, 80]);
  });

  it('forgets a peak little by little', () => {
    const [soon, late] = [peakAverageMs(80, 5, 100), peakAverageMs(80, 5, 60_000)];
    expect(soon).toBeGreaterThan(75);
    expect(late).toBeCloseTo(5, 3);
  });
});

describe('fadedMs', () => {
  it('is a third or so after five seconds', () => {
    expect(fadedMs(100, 5_000)).toBeCloseTo(36.8, 1);
  });
});
