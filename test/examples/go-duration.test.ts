import { describe, expect, it } from 'vitest';
import { goDuration, readGoDuration } from '../../examples/greet_cluster/go-duration.ts';

describe('durations as Go has them', () => {
  it.each([
    { ms: 0, text: '0s' },
    { ms: 0.000_012, text: '12ns' },
    { ms: 0.0125, text: '12.5µs' },
    { ms: 1.5, text: '1.5ms' },
    { ms: 999, text: '999ms' },
    { ms: 10_000, text: '10s' },
    { ms: 1_500, text: '1.5s' },
    { ms: 90_000, text: '1m30s' },
    { ms: 3_600_000, text: '1h0m0s' },
  ])('$ms ms are $text, and the other way round', ({ ms, text }) => {
    expect(goDuration(ms)).toBe(text);
    expect(readGoDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', '10', 's', '1x', '1s!', '-1s', '1 s'])('%o is none', (text) => {
    expect(readGoDuration(text)).toBeNull();
  });
});
