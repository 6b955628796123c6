import { describe, expect, it } from 'vitest';
import { goDurationMs, goDurationOption } from './go-duration.ts';

describe('goDurationMs', () => {
  it.each([
    { text: '3m', ms: 180_000 },
    { text: '24h', ms: 86_400_000 },
    { text: '0s', ms: 0 },
    { text: '0', ms: 0 },
    { text: '1h30m', ms: 5_400_000 },
    { text: '250ms', ms: 250 },
    { text: '1.5h', ms: 5_400_000 },
    { text: '.5s', ms: 500 },
    { text: '1m1.5s', ms: 61_500 },
    { text: '1500us', ms: 1.5 },
    { text: '1500µs', ms: 1.5 },
    { text: '2000000ns', ms: 2 },
  ])('reads $text as $ms ms', ({ text, ms }) => {
    expect(goDurationMs(text)).toBeCloseTo(ms, 9);
  });

  it.each([
    { text: '', why: 'nothing' },
    { text: '5', why: 'no unit' },
    { text: '3d', why: 'Go knows no days' },
    { text: '-1s', why: 'no wait is negative' },
    { text: '1h 30m', why: 'a blank inside' },
    { text: 'h', why: 'no number' },
    { text: '1.2.3s', why: 'two points' },
  ])('refuses "$text": $why', ({ text }) => {
    expect(goDurationMs(text)).toBeNull();
  });
});

describe('goDurationOption', () => {
  it.each([
    { given: undefined, ms: 1000 },
    { given: '', ms: 1000 },
    { given: ' 2s ', ms: 2000 },
  ])('takes "$given" as $ms ms', ({ given, ms }) => {
    expect(goDurationOption(1000).parse(given)).toBe(ms);
  });

  it('says what would be right', () => {
    expect(() => goDurationOption(1000).parse('soon')).toThrow(/such as \\"3m\\".*got \\"soon\\"/);
  });
});
