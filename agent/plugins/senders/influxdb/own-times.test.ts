import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../../test/support/fake-clock.ts';
import { OwnTimes } from './own-times.ts';

const batch = fc.record({
  count: fc.integer({ min: 1, max: 600_000 }),
  jumpMs: fc.integer({ min: -2, max: 2 }),
});

describe('OwnTimes', () => {
  it('gives no time twice, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.array(batch, { minLength: 2, maxLength: 12 }), (batches) => {
        const clock = new FakeClock(1_700_000_000_000);
        const times = new OwnTimes(clock);
        let endNs = 0n;
        for (const [nth, { count, jumpMs }] of batches.entries()) {
          const startNs = times.of(`k${nth}`, count);
          expect(startNs).toBeGreaterThanOrEqual(endNs);
          endNs = startNs + BigInt(count);
          clock.jumpWall(jumpMs);
        }
      }),
    );
  });

  it('gives a batch that is sent again, also in parts, the times that it had', () => {
    const clock = new FakeClock(1_700_000_000_000);
    const times = new OwnTimes(clock);

    const startNs = times.of('k1', 10);
    clock.advance(5_000);

    expect(times.of('k1', 10)).toBe(startNs);
    expect(times.of('k1.4-7', 3)).toBe(startNs + 4n);
    expect(times.of('k2', 10)).toBeGreaterThan(startNs + 4_000_000_000n);
  });
});
