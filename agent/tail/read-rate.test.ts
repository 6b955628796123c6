import { describe, expect, it } from 'vitest';
import { ReadRate } from './read-rate.ts';

const MIB = 1024 * 1024;

describe('ReadRate', () => {
  it('makes what was read wait for the time that it should have taken', () => {
    const rate = new ReadRate(2);
    rate.spend(MIB, 1000);
    expect(rate.readyMs).toBe(1500);
    rate.spend(MIB, 1200);
    expect(rate.readyMs).toBe(2000);
  });

  it('saves nothing up while nothing is read', () => {
    const rate = new ReadRate(1);
    rate.spend(MIB, 0);
    rate.spend(MIB, 60_000);
    expect(rate.readyMs).toBe(61_000);
  });

  it('never waits without a limit', () => {
    const rate = new ReadRate(0);
    rate.spend(1000 * MIB, 1000);
    expect(rate.readyMs).toBeLessThan(1000);
  });
});
