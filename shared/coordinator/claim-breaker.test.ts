import { describe, expect, it } from 'vitest';
import { type BreakerOptions, ClaimBreaker } from './claim-breaker.ts';

const OPTIONS: BreakerOptions = {
  consecutiveFailuresMax: 3,
  failuresMax: 5,
  windowMs: 10_000,
  openMs: 1_000,
  probesMax: 2,
};

function tripped(): ClaimBreaker {
  const breaker = new ClaimBreaker(OPTIONS);
  for (const id of [1, 2, 3]) breaker.failed(id, 0);
  return breaker;
}

describe('ClaimBreaker', () => {
  it('lets as many be claimed as are wanted, as long as they succeed', () => {
    const breaker = new ClaimBreaker(OPTIONS);

    expect(breaker.roomFor(50, 0)).toBe(50);
  });

  it('lets nothing be claimed after so many failures one after another', () => {
    expect(tripped().roomFor(50, 0)).toBe(0);
  });

  it('counts anew after a success', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (const id of [1, 2]) breaker.failed(id, 0);
    breaker.succeeded();
    for (const id of [3, 4]) breaker.failed(id, 0);

    expect(breaker.roomFor(1, 0)).toBe(1);
  });

  it('lets nothing be claimed after so many different ones failed within the window', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (const id of [1, 2, 3, 4, 5]) {
      breaker.succeeded();
      breaker.failed(id, 0);
    }

    expect(breaker.stats(0)).toMatchObject({ state: 'open', total_failures: 5 });
  });

  it('counts one that fails again and again once', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (let time = 0; time < 10; time += 1) {
      breaker.succeeded();
      breaker.failed(7, 0);
    }

    expect(breaker.stats(0)).toMatchObject({ state: 'closed', failed_partitions: [7] });
  });

  it('forgets what failed before the window', () => {
    const breaker = new ClaimBreaker(OPTIONS);
    for (const id of [1, 2, 3, 4]) {
      breaker.succeeded();
      breaker.failed(id, 0);
    }
    breaker.succeeded();
    breaker.failed(5, 10_001);

    expect(breaker.stats(10_001)).toMatchObject({ state: 'closed', failed_partitions: [5] });
  });

  it('lets a few be tried when it was open for long enough', () => {
    const breaker = tripped();

    expect(breaker.roomFor(50, 999)).toBe(0);
    expect(breaker.roomFor(50, 1_000)).toBe(2);
    breaker.claimed(2);
    expect(breaker.roomFor(50, 1_000)).toBe(0);
    expect(breaker.stats(1_000)).toMatchObject({ state: 'halfopen', half_open_requests: 2 });
  });

  it('closes with the first of them that succeeds', () => {
    const breaker = tripped();
    breaker.roomFor(1, 1_000);
    breaker.claimed(1);
    breaker.succeeded();

    expect(breaker.stats(1_000)).toMatchObject({ state: 'closed', total_failures: 0, trips: 1 });
  });

  it('opens again, and counts it, when one of them fails', () => {
    const breaker = tripped();
    breaker.roomFor(1, 1_000);
    breaker.claimed(1);
    breaker.failed(9, 1_000);

    expect(breaker.stats(1_000)).toMatchObject({ state: 'open', trips: 2 });
    expect(breaker.roomFor(1, 1_999)).toBe(0);
  });

  it('gives the place of one that told nothing to another', () => {
    const breaker = tripped();
    breaker.roomFor(2, 1_000);
    breaker.claimed(2);
    breaker.ended();

    expect(breaker.roomFor(2, 1_000)).toBe(1);
  });

  it('is closed again when somebody resets it', () => {
    const breaker = tripped();
    breaker.reset();

    expect(breaker.roomFor(3, 0)).toBe(3);
  });
});
