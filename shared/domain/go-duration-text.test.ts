import fc from 'fast-check';
import { expect, it } from 'vitest';
import { goDurationMs } from './go-duration.ts';
import { goDurationText } from './go-duration-text.ts';

it.each([
  [0, '0s'],
  [0.4, '0s'],
  [250, '250ms'],
  [1_000, '1s'],
  [1_500, '1.5s'],
  [60_000, '1m0s'],
  [3_600_000, '1h0m0s'],
  [12_310_000, '3h25m10s'],
  [86_399_999, '23h59m59.999s'],
  [360_000_000, '100h0m0s'],
  [-90_000, '-1m30s'],
])('%d ms are %s', (ms, text) => {
  expect(goDurationText(ms)).toBe(text);
});

it('is read back as the same time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => {
      expect(goDurationMs(goDurationText(ms))).toBeCloseTo(ms, 3);
    }),
  );
});
