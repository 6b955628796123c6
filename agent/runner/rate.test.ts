import { describe, expect, it } from 'vitest';
import { Rate } from './rate.ts';

describe('Rate', () => {
  it('shows the speed and trend of the latest interval of 3 s or more', () => {
    const rate = new Rate(0, 0);

    expect(rate.look(100, 2_999)).toEqual({ perSecond: 0, trend: '' });
    expect(rate.look(600, 3_000)).toEqual({ perSecond: 200, trend: 'up' });
    expect(rate.look(9_999, 4_000)).toEqual({ perSecond: 200, trend: 'up' });
    expect(rate.look(1_200, 6_000)).toEqual({ perSecond: 200, trend: 'stable' });
    expect(rate.look(1_500, 9_000)).toEqual({ perSecond: 100, trend: 'down' });
  });

  it('never goes below zero when a counter was reset', () => {
    const rate = new Rate(1_000, 0);

    expect(rate.look(10, 3_000)).toEqual({ perSecond: 0, trend: 'stable' });
  });
});
