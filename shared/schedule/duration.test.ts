import { describe, expect, it } from 'vitest';
import { parseDurationMs } from './duration.ts';

describe('parseDurationMs', () => {
  it.each([
    { text: '10m', ms: 600_000 },
    { text: '1h30m', ms: 5_400_000 },
    { text: '1.5s', ms: 1_500 },
    { text: '.5s', ms: 500 },
    { text: '100ms', ms: 100 },
    { text: '1m1ms', ms: 60_001 },
    { text: '250us', ms: 0.25 },
    { text: '250µs', ms: 0.25 },
    { text: '+1s', ms: 1_000 },
    { text: '0', ms: 0 },
  ])('reads $text', ({ text, ms }) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '10', '10 m', '-1s', 'm', '1d', '1s!', `${'9'.repeat(100)}s`])(
    'refuses %j',
    (text) => {
      expect(parseDurationMs(text)).toBeNull();
    },
  );
});
